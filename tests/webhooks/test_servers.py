"""The same process on MongoDB: it follows positions that the relay gives, and tells what got one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from sqlalchemy import update

from domain import account, ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.webhook import AddWebhook
from eventstore.codec import EventCodec
from eventstore.mongo.store import MongoEventStore
from operational import webhook_cursor
from operational import webhook_deliveries as deliveries
from operational.tables import webhook_deliveries
from readmodel.generations.generations import Generations
from tests.eventstore.mongo.test_store import number_all
from tests.servers import MONGO_URL, required
from tests.webhooks.conftest import Receiver, eventually

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]


@pytest.fixture
def url() -> Iterator[str]:
    required(MONGO_URL, "MongoDB")
    name = f"test_{ids.uuid7().replace('-', '')}"
    yield f"{MONGO_URL}/{name}"
    with MongoClient(MONGO_URL) as client:
        client.drop_database(name)


def test_two_processes_on_mongodb_tell_what_has_its_position_and_survive_a_kill(
    url: str, tmp_path: Path, receiver: Receiver
):
    store, generations = MongoEventStore(url), Generations(f"sqlite:///{tmp_path / 'read.db'}")
    bus = CommandBus(store, EventCodec(), all_handlers())
    generations.migrate()

    def send(command: Command) -> None:
        bus.send(command, Envelope(actor="ann", at=ids.now()))

    def start() -> "subprocess.Popen[bytes]":
        settings = {
            "EVENT_STORE_URL": url,
            "EVENT_LOG_URL": "kafka://127.0.0.1:1/unused",
            "READ_MODEL_URL": f"sqlite:///{tmp_path / 'read.db'}",
            "SECRET_KEY": "a key for tests",
            "DATA_DIR": str(tmp_path),
            "WEBHOOKS_MAY_CALL": "private",
        }
        return subprocess.Popen([sys.executable, "-m", "webhooks"], cwd=ROOT, env={**os.environ, **settings})

    hook = ids.uuid7()
    send(account.RegisterAccount(handle="ann"))
    send(AddWebhook(handle="ann", webhook=hook, url=receiver.url, kinds=("PostPublished",)))
    processes = [start(), start()]
    try:
        for number in range(10):
            send(post.NewPost(post=ids.uuid7(), title=f"Post {number}", body="b"))
        assert receiver.got == []
        number_all(store)
        eventually(lambda: len(receiver.got) >= 5)
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait()
        send(post.NewPost(post=ids.uuid7(), title="Post 10", body="b"))
        number_all(store)
        eventually(lambda: webhook_cursor.position(generations.control) == store.head()[0])
        with generations.control.begin() as connection:  # the claims of the dead one run out
            waiting = webhook_deliveries.c.state == "waiting"
            connection.execute(update(webhook_deliveries).where(waiting).values(due_at=ids.now()))
        eventually(lambda: len({told.headers["webhook-id"] for told in receiver.got}) == 11)
        titles = {told.event["data"]["title"] for told in receiver.got}
        assert titles == {f"Post {number}" for number in range(11)}
        assert len(deliveries.listed(generations.control, hook, limit=100).items) == 11
        processes[1].send_signal(signal.SIGTERM)
        assert processes[1].wait(20) == 0
    finally:
        for process in processes:
            process.kill()
            process.wait()
        generations.close()
        store.close()
