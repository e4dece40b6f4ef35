"""The ten promises of the design, each with a test that fails where the promise is broken. Embedded stack."""

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
from sqlalchemy import text

from domain import comment, ids, post
from domain.commit import Commit
from domain.errors import Damaged, StaleEdit
from domain.messages import Envelope
from drill.browser import Browser, NoAnswer
from drill.processes import hurt
from eventstore.chain import faults
from eventstore.codec import decode_commit, encode_commit
from eventstore.sqlite import SqliteEventStore
from projector.comparing import checksums
from readmodel import progress

from .conftest import Served, Stack, published

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
    for victims in (served.keeper.workers("web"), [served.keeper.main("projector")], [served.keeper.main("web")]):
        before = len(accepted)
        _within(30.0, lambda before=before: len(accepted) >= before + 3)
        for pid in victims:
            assert pid is not None
            assert hurt(pid, signal.SIGKILL)
    served._wait()
    over.set()
    writer.join()
    store = SqliteEventStore(served.file)
    stored = [f"/posts/{commit.stream.removeprefix('post-')}" for commit in store.read(0, 10_000)]
    assert len(accepted) >= 9
    assert [place for place in accepted if stored.count(place) != 1] == []
    store.check()
    store.close()


def test_2_all_of_a_commands_events_are_stored_or_none(stack: Stack) -> None:
    """A registration is two events. One writer dies at its first statement to the store, the next at its second …"""
    with _writing(stack.file, "everywhere") as child:
        assert child.stdout is not None
        stored = [int(line) for line in child.stdout]
    assert len(stored) > 4
    assert stored[-1] == 2
    assert set(stored) == {0, 2}
    stack.store.check()


def test_3_every_commit_takes_effect_once_however_it_is_delivered(busy: Stack) -> None:
    """Twice or three times, streams in any order among themselves, some messages lost, in batches of any size."""
    commits = busy.store.read(0, 1_000)
    busy.project()
    with busy.generations.live().snapshot() as connection:
        expected = checksums(connection)
    for seed in range(3):
        other = busy.generations.create()
        for batch in _batches(random.Random(seed), commits):
            with other.write() as connection:
                busy.folder.fold(connection, batch)
        with other.snapshot() as connection:
            assert checksums(connection) == expected, f"seed {seed}"


def test_4_a_rebuild_gives_the_same_rows_byte_for_byte(busy: Stack) -> None:
    busy.project()
    assert busy.compared().same
    with busy.generations.live().write() as connection:
        connection.execute(text("UPDATE posts SET body = body || ' ' WHERE title = 'Number 7'"))
    assert [one.table for one in busy.compared().differences] == ["posts"]


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


def test_6_a_stale_edit_is_refused_with_both_texts(stack: Stack) -> None:
    id = stack.publish()
    stack.send(post.EditPost(post=id, version=1, title="First", body="What the first one wrote"))
    with pytest.raises(StaleEdit) as refused:
        stack.send(post.EditPost(post=id, version=1, title="Second", body="What the second one wrote"))
    assert refused.value.current["body"] == "What the first one wrote"
    assert refused.value.yours["body"] == "What the second one wrote"
    assert stack.bus.aggregates().post(id).title == "First"


def test_6_of_two_edits_at_once_one_comes_back_with_both_texts(served: Served) -> None:
    browser = served.browser("lou")
    address = f"{published(browser, 'Contended').place}/edit"
    forms = [browser.get(address).form(address) for _ in range(2)]
    assert forms[0] is not None
    assert forms[1] is not None
    assert browser.post(forms[0].filled(title="First", body="What the first one wrote")).status == 303
    page = browser.post(forms[1].filled(title="Second", body="What the second one wrote"))
    assert page.status == 409
    again = page.form(address)
    assert again is not None
    assert again.fields["body"] == "What the second one wrote"
    assert "What the first one wrote" in page.html


def test_7_people_see_their_own_write_on_the_next_page(served: Served) -> None:
    browser = served.browser("mia")
    place = published(browser, "Seen at once").place
    page = browser.get(place)
    assert page.status == 200
    assert "Seen at once" in page.html
    for action, then in (("like", "unlike"), ("unlike", "like")):
        form = browser.get(place).form(f"{place}/{action}")
        assert form is not None, action
        assert browser.get(browser.post(form).place).form(f"{place}/{then}") is not None
    said = browser.get(place).form(f"{place}/comments")
    assert said is not None
    assert "Heard at once" in browser.get(browser.post(said.filled(body="Heard at once")).place).html


def test_8_one_bad_event_parks_its_own_stream_and_all_others_go_on(stack: Stack) -> None:
    poisoned, fine = stack.publish("Poisoned"), stack.publish("Fine")
    stack.store.append(_from_the_future(stack.store.load(f"post-{poisoned}")[0]))
    stack.send(comment.AddComment(comment=ids.uuid7(), post=fine, body="Still here"), "bob")
    stack.project()
    (letter,) = stack.generations.parked()
    assert letter.stream == f"post-{poisoned}"
    assert "schema 99" in letter.error
    with stack.generations.connect() as connection:
        assert connection.execute(text("SELECT comments FROM posts WHERE title = 'Fine'")).scalar_one() == 1
        assert progress.position(connection) == stack.store.head()[0]


def test_9_a_changed_byte_is_found_wherever_it_is(stack: Stack) -> None:
    edit = post.EditPost(post=stack.publish(), version=1, title="B title", body="Words", reason="A reason")
    everything = {"correlation_id": "request", "causation_id": "message", "traceparent": "trace", "command_id": "once"}
    stack.bus.send(edit, Envelope(actor="ann", at=ids.now(), **everything))
    commits = stack.store.read(0, 10)
    document = encode_commit(commits[-1])
    assert set(msgspec.json.decode(document)) == set(Commit.__struct_fields__)
    unnoticed = [at for at in range(len(document)) if not _noticed(commits, _flipped(document, at))]
    assert unnoticed == []


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
            accepted.append(page.place)
            form = None


def _within(seconds: float, holds) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def _batches(dice: random.Random, commits: list[Commit]) -> list[list[Commit]]:
    """Each stream's commits in order but repeated, a few left out that a later one brings to light."""
    last = {commit.stream: commit.id for commit in commits}
    rest: dict[str, list[Commit]] = {}
    for one in commits:
        kept = one.id == last[one.stream] or dice.random() > 0.3
        rest.setdefault(one.stream, []).extend([one] * (dice.randint(1, 3) if kept else 0))
    batches: list[list[Commit]] = []
    while rest := {stream: left for stream, left in rest.items() if left}:
        batch = [rest[stream].pop(0) for stream in dice.choices(list(rest), k=dice.randint(1, 9)) if rest[stream]]
        batches += [batch, batch] if dice.random() < 0.2 else [batch]
    return batches


def _from_the_future(commit: Commit) -> Commit:
    event = msgspec.structs.replace(commit.events[0], schema=99)
    return msgspec.structs.replace(commit, events=(event,), first=2, id=ids.uuid7(), position=None, chain=None)


def _flipped(document: bytes, at: int) -> bytes:
    return document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]


def _noticed(commits: list[Commit], document: bytes) -> bool:
    try:
        forged = decode_commit(document)
    except Damaged:
        return True
    return next(iter(faults([*commits[:-1], forged])), None) is not None


def _bytes_of(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
