"""`python -m webhooks` as it runs: killed between sending and saving it sends again, under the same id."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.webhook import ResumeWebhook
from operational import webhook_deliveries
from tests.webhooks.conftest import Hooked, Receiver, Told, answers, eventually

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


class Process:
    """One process on a site's folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._log = (folder / "webhooks.log").open("ab+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "webhooks"],
            cwd=ROOT,
            env={**os.environ, "DATA_DIR": str(folder), **settings},
            stdout=self._log,
            stderr=self._log,
        )

    def started(self) -> None:
        """Until it is at work."""
        eventually(lambda: "webhooks started" in self.said() or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return Path(self._log.name).read_text()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    started: list[Process] = []

    def start(**settings: str) -> Process:
        started.append(Process(tmp_path, **{"WEBHOOKS_MAY_CALL": "private", **settings}))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_killed_between_sending_and_saving_it_sends_again_under_the_same_id(
    site: Hooked, receiver: Receiver, start: Any
):
    hook = site.hook(receiver.url, "PostPublished")
    first = start()

    def kill(_told: Told, _handler: Any) -> None:
        first.end(signal.SIGKILL)

    receiver.says = [answers(200), kill, answers(200)]
    first.started()
    for title in ("One", "Two", "Three"):
        site.publish(title)
    eventually(lambda: first.process.poll() is not None)
    heard = len(receiver.got)
    site.publish("While it is dead")
    start()
    eventually(lambda: site.cursor() == site.store.head()[0])
    site.later()  # the claims of the dead one run out
    eventually(lambda: [one.state for one in site.queue(hook)] == ["delivered"] * 4)
    titles = [told.event["data"]["title"] for told in receiver.got]
    assert set(titles) == {"One", "Two", "Three", "While it is dead"}
    assert len(titles) > 4 or heard < 3
    by_title: dict[str, set[str]] = {}
    for told in receiver.got:
        by_title.setdefault(told.event["data"]["title"], set()).add(told.headers["webhook-id"])
    assert all(len(found) == 1 for found in by_title.values())


def test_killed_again_and_again_while_people_write_it_loses_nothing(site: Hooked, receiver: Receiver, start: Any):
    hook = site.hook(receiver.url, "PostPublished")
    wrote: set[str] = set()
    for round in range(4):
        running = start()
        for number in range(10):
            wrote.add(site.publish(f"{round}-{number}"))
        eventually(lambda: receiver.got)
        running.end(signal.SIGKILL)
        receiver.got.append(receiver.got[0])
        site.later()
    start()
    eventually(lambda: site.cursor() == site.store.head()[0])
    site.later()
    eventually(lambda: {one.state for one in site.queue(hook)} == {"delivered"})
    assert {told.event["data"]["post"] for told in receiver.got} == wrote
    assert len(site.queue(hook)) == len(wrote)


def test_asked_to_end_it_finishes_and_exits_with_zero(site: Hooked, receiver: Receiver, start: Any):
    site.hook(receiver.url)
    running = start()
    running.started()
    site.publish()
    eventually(lambda: receiver.got)
    assert running.end(signal.SIGTERM) == 0
    assert "webhooks stopped" in running.said()
    assert "Traceback" not in running.said()


def test_a_database_that_keeps_silent_holds_up_no_end_and_what_it_was_not_told_is_sent_again(
    site: Hooked, receiver: Receiver, start: Any
):
    hook = site.hook(receiver.url)
    running = start()
    running.started()
    with site.control.connect() as connection:

        def silence(told: Told, handler: Any) -> None:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            answers(200)(told, handler)

        receiver.says = [silence, answers(200)]
        site.publish()
        eventually(lambda: receiver.got)
        assert running.end(signal.SIGTERM) == 0
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN")
    assert "ending without what is still waited for" in running.said()
    site.later()
    start()
    eventually(lambda: [one.state for one in site.queue(hook)] == ["delivered"])
    assert {told.headers["webhook-id"] for told in receiver.got} == {receiver.got[0].headers["webhook-id"]}


def test_by_default_it_calls_nobody_on_this_machine(site: Hooked, receiver: Receiver, start: Any):
    hook = site.hook(receiver.url)
    start(WEBHOOKS_MAY_CALL="")
    site.publish()
    eventually(lambda: site.queue(hook) and site.queue(hook)[0].attempts)
    assert "may not be called" in site.queue(hook)[0].answer
    assert receiver.got == []


def test_a_bad_setting_and_a_missing_read_model_are_sentences(start: Any):
    for settings, words in (
        ({"WEBHOOKS_MAY_CALL": "anything"}, "WEBHOOKS_MAY_CALL must be public or private"),
        ({}, "bin/verbatim migrate"),
    ):
        one = start(**settings)
        assert one.process.wait(30) == 1
        assert "webhooks: " in one.said()
        assert words in one.said()
        assert "Traceback" not in one.said()


def test_a_dead_letter_that_somebody_replays_is_taken_up_by_a_running_process(
    site: Hooked, receiver: Receiver, start: Any
):
    hook = site.hook(receiver.url)
    receiver.says = [answers(410), answers(200)]
    start()
    site.publish()
    eventually(lambda: [one.state for one in site.queue(hook)] == ["dead"])
    site.send(ResumeWebhook(handle="ann", webhook=hook))
    assert webhook_deliveries.replay(site.control, hook) == 1
    eventually(lambda: [one.state for one in site.queue(hook)] == ["delivered"])
