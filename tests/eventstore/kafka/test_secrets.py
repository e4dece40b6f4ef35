"""Secrets stay in the store: the topic tells where they stand, and a reader fetches them."""

from contextlib import closing

import pytest
from kafka import KafkaConsumer
from structlog.testing import capture_logs

from domain.account import AccountRegistered, PasswordSet
from domain.commit import SequencedCommit
from domain.errors import Unavailable
from domain.token import TokenIssued
from domain.webhook import WebhookAdded
from eventstore.kafka.consumer import KafkaLog
from tests.eventstore.kafka.kafka_world import fill, positions, seen, until
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import commit
from tests.people import id_of

ANN = id_of("ann")

pytestmark = pytest.mark.server


def test_a_secret_never_enters_the_topic_and_comes_from_the_store(opened, producer, store, where):
    secrets = {
        "argon2-of-a-password": (
            AccountRegistered(account=ANN, name="Ann"), PasswordSet(account=ANN, password_hash="argon2-of-a-password")
        ),
        "d1" * 32: (
            TokenIssued(token="t", account=ANN, digest="d1" * 32, scopes=("read",), expires_at="", label="phone"),
        ),
        "https://hooks.example.org/key": (
            WebhookAdded(
                account=ANN, webhook="w", url="https://hooks.example.org/key", kinds=(), description="", made_by=""
            ),
        ),
    }  # fmt: skip
    for number, events in enumerate(secrets.values()):
        store.append(commit(f"secret-{number}", 1, *events))
    fill(producer, store.read(30, 3))
    plain = KafkaConsumer(where.topic, bootstrap_servers=where.servers, auto_offset_reset="earliest")
    with closing(plain):
        messages = [message for _ in range(50) for some in plain.poll(200).values() for message in some][:3]
    assert len(messages) == 3
    for message in messages:
        everything = (message.value or b"") + b"".join(value for _, value in message.headers)
        assert not any(secret.encode() in everything for secret in secrets)
    until(opened(), lambda: len(seen) >= 3)
    assert sorted((one.commit for one in seen), key=lambda one: one.position) == store.read(30, 3)


def test_a_place_whose_commit_the_store_has_lost_brings_no_other(opened, producer, store):
    """A registration of before a restore, at whose position something else stands now."""
    lost = MemoryEventStore()
    lost.append_many([commit(f"post-{at}", 1) for at in range(30)])
    lost.append(commit("account-ann", 1, PasswordSet(account=ANN, password_hash="lost")))
    store.append(commit("post-new", 1))
    store.append(commit("account-bob", 1, PasswordSet(account=id_of("bob"), password_hash="kept")))
    fill(producer, lost.read(30, 1))
    fill(producer, store.read(31, 1))
    with capture_logs() as lines:
        until(opened(), lambda: positions() == {32})
    assert [line["position"] for line in lines if "another commit" in line["event"]] == [31]


def test_while_the_store_is_away_what_it_holds_alone_is_read_later(where, producer, store):
    """It is the last message: no later one would tell of it."""

    class Away(MemoryEventStore):
        times = 3

        def read(self, after: int, limit: int) -> list[SequencedCommit]:
            if self.times:
                self.times -= 1
                raise Unavailable("The store is away.")
            return super().read(after, limit)

    away = Away()
    away.append(commit("account-ann", 1, PasswordSet(account=ANN, password_hash="secret")))
    (sent,) = MemoryEventStore.read(away, 0, 1)
    fill(producer, [sent])
    with closing(KafkaLog(where, away)) as log:
        until(log, lambda: positions() == {1})
    assert away.times == 0
