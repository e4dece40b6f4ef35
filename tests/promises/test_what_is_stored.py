"""Promises 1, 2, 5, 9 and 10 of the design: what a command stored, stays, once and provably. Embedded stack."""

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from domain import account, ids, post
from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged
from domain.messages import Envelope
from eventstore.chain import faults
from eventstore.codec import decode_sequenced, encode_commit
from eventstore.sqlite.store import SqliteEventStore
from tests.promises.conftest import Served, Stack
from tools.drill.browser import Browser, NoAnswer
from tools.drill.processes import send_signal

ROOT = Path(__file__).parents[2]
WRITING = Path(__file__).with_name("writing.py")


def test_1_an_accepted_command_survives_kill_9_of_its_writer(stack: Stack) -> None:
    with _writing(stack.file) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().strip() for _ in range(random.randint(20, 60))]
        child.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    stored = {commit.id for commit in stack.store.read(0, 10_000)}
    assert set(acknowledged) <= stored
    stack.store.check()


def test_1_an_accepted_command_survives_kill_9_of_web_and_projector(served: Served) -> None:
    browser = served.browser("kim")
    over = threading.Event()
    accepted: list[str] = []
    writer = threading.Thread(target=_write_until, args=(browser, over, accepted))
    writer.start()
    for victims in (
        served.supervisor.children("web"),
        [served.supervisor.pid("projector")],
        [served.supervisor.pid("web")],
    ):
        before = len(accepted)
        _within(30.0, lambda before=before: len(accepted) >= before + 3)
        for pid in victims:
            assert pid is not None
            assert send_signal(pid, signal.SIGKILL)
    served.wait_until_served()
    over.set()
    writer.join()
    store = SqliteEventStore(served.file)
    stored = [f"/posts/{commit.stream.removeprefix('post-')}" for commit in store.read(0, 10_000)]
    assert len(accepted) >= 9
    assert [place for place in accepted if stored.count(place) != 1] == []
    store.check()
    store.close()


def test_2_all_of_a_commands_events_are_stored_or_none(stack: Stack) -> None:
    """A registration is three events. One writer dies at its first statement to the store, the next at its second …"""
    with _writing(stack.file, "everywhere") as child:
        assert child.stdout is not None
        stored = [int(line) for line in child.stdout]
    assert len(stored) > 4
    assert stored[-1] == 3
    assert set(stored) == {0, 3}
    stack.store.check()


def test_5_the_same_command_id_twice_has_one_effect_and_the_first_answer(stack: Stack) -> None:
    before = stack.store.head()[0]

    def send(_: int) -> tuple[str, int, str | None]:
        command = post.NewPost(post=ids.uuid7(), title="Once", body="Words")
        receipt = stack.send(command, command_id="01890000-0000-7000-8000-000000000001")
        return receipt.stream, receipt.version, receipt.commit

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(24)))
    assert len(answers) == 1
    assert stack.store.head()[0] == before + 1


def test_9_a_changed_byte_is_found_wherever_it_is(stack: Stack) -> None:
    register = account.RegisterAccount(handle="eve", name="A name")
    envelope = Envelope(
        actor="eve", at=ids.now(), command_id="1", correlation_id="2", causation_id="3", traceparent="4"
    )
    stack.publish()
    stack.bus.send(register, envelope)
    commits = stack.store.read(0, 10)
    document = encode_commit(commits[-1])
    assert set(msgspec.json.decode(document)) == set(SequencedCommit.__struct_fields__)
    unnoticed = [at for at in range(len(document)) if not _noticed(commits, _flipped(document, at))]
    assert unnoticed == []


def test_9_a_changed_byte_of_a_claim_is_found(stack: Stack) -> None:
    """The chain doesn't seal it; the handle that it is of tells."""
    registered = stack.store.read(0, 1)
    document = encode_commit(registered[0])
    assert registered[0].claim == "handle:ann"
    assert [at for at in range(len(document)) if not _noticed(registered, _flipped(document, at))] == []


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE commits SET document = CAST(replace(CAST(document AS TEXT), 'A title', 'B title') AS BLOB)",
        "UPDATE commits SET chain = replace(chain, substr(chain, 1, 1), 'x')",
        "UPDATE commits SET command_id = 'ann:0' WHERE position = 3",
        "UPDATE commits SET stream = 'post-0' WHERE position = 3",
        "DELETE FROM commits WHERE position = 2",
    ],
)
def test_9_a_forged_file_is_found_at_the_next_start(stack: Stack, forgery: str) -> None:
    stack.publish()
    stack.store.check()
    with sqlite3.connect(stack.file) as connection:
        assert connection.execute(forgery).rowcount
    connection.close()
    with pytest.raises(Damaged):
        stack.store.check()


def test_10_erased_text_is_gone_from_the_bytes_and_the_chain_still_verifies(stack: Stack) -> None:
    secret = "Rumpelstiltskin-4711"
    id = stack.publish("About me", f"My name is {secret}")
    stack.send(post.EditPost(post=id, version=1, title=f"I am {secret}", body="Changed"))
    stack.project()
    chain = stack.store.head()[1]
    assert secret.encode() in _bytes_of(stack.file)
    stack.send(post.ErasePost(post=id, reason="Asked for"), "verbatim")
    stack.project()
    assert secret.encode() not in _bytes_of(stack.file)
    assert [commit.chain for commit in stack.store.read(0, 100)][-2] == chain
    stack.store.check()
    assert stack.compared().same
    assert stack.bus.aggregates().post(id).title == ""


def _writing(file: Path, *moment: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(WRITING), str(file), *moment]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    )


def _write_until(browser: Browser, over: threading.Event, accepted: list[str]) -> None:
    """One post after the other; each form is sent again until it is answered."""
    form = None
    while not over.is_set():
        try:
            form = form or browser.get("/posts/new").form("/posts/new")
            if form is None:
                continue
            page = browser.post(form.filled(title=f"Number {len(accepted)}", body="Words"))
        except NoAnswer:
            time.sleep(0.05)
            continue
        if page.status == 303:
            accepted.append(page.location)
            form = None


def _within(seconds: float, holds) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def _flipped(document: bytes, at: int) -> bytes:
    return document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]


def _noticed(commits: list[Commit], document: bytes) -> bool:
    try:
        forged = decode_sequenced(document)
    except Damaged:
        return True
    return next(iter(faults([*commits[:-1], forged])), None) is not None


def _bytes_of(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
