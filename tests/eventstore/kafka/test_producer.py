"""The log on Kafka as the relay writes it."""

import gc
import sys
import threading
import time
from datetime import timedelta

import msgspec
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.partitioner.default import murmur2

from domain.errors import Unavailable
from eventstore.kafka.producer import KafkaAddress, TopicProducer, partition_of, place
from tests.eventstore.kafka.kafka_world import fill


def test_an_address_says_where_and_how():
    assert place("kafka://a:1,b:2/t") == KafkaAddress(servers=["a:1", "b:2"], topic="t", partitions=6)
    said = place("kafka://a:1/t.x?partitions=12&replication=3&group=g")
    assert (said.partitions, said.replication, said.group, said.topic) == (12, 3, "g", "t.x")


def test_partitions_are_those_of_kafkas_own_partitioner():
    whole = "post-0192abcd-0000-7000-8000-0000000000ö1"
    keys = [whole[:length] for length in range(len(whole) + 1)]
    assert [partition_of(key, 7) for key in keys] == [(murmur2(key.encode()) & 0x7FFFFFFF) % 7 for key in keys]


@pytest.mark.server
def test_a_topic_with_too_few_partitions_is_widened_and_never_narrowed(where):
    for count, there in ((2, 2), (5, 5), (3, 5)):
        producer = TopicProducer(msgspec.structs.replace(where, partitions=count))
        assert producer.partitions == there
        assert producer.is_same_topic()
        producer.close()


@pytest.mark.server
def test_messages_are_kept_as_long_as_is_set_also_in_a_topic_that_was_there(where):
    for days in (7, 3, 3):
        TopicProducer(msgspec.structs.replace(where, retention=timedelta(days=days))).close()
        with KafkaAdminClient(bootstrap_servers=where.servers) as admin:
            found = admin.describe_configs([ConfigResource("TOPIC", where.topic)])["topic"][where.topic]
        assert found["retention.ms"]["value"] == str(days * 86_400_000)
        assert found["cleanup.policy"]["value"] == "delete"


@pytest.mark.server
def test_a_producer_closes_for_good_also_with_messages_that_never_arrive(where, store, monkeypatch):
    raised: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: raised.append(one.exc_value))
    before = set(threading.enumerate())
    producer = TopicProducer(where)
    fill(producer, store.read(0, 1))
    with KafkaAdminClient(bootstrap_servers=where.servers) as admin:
        admin.delete_topics([where.topic])
    producer.send(store.read(1, 1)[0], 1)
    with pytest.raises(Unavailable, match="deleted"):
        producer.acknowledged()
    began = time.monotonic()
    producer.close()
    assert time.monotonic() - began < 5
    assert set(threading.enumerate()) <= before
    del producer
    gc.collect()
    # kafka-python leaves a socket that was still connecting to the collector, which warns, and closes it.
    assert [one for one in raised if not isinstance(one, ResourceWarning)] == []
