"""A handle is one account's, whoever else asks at the same moment, and nothing sealed says it, on either store."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from domain import ids
from domain.account import RegisterAccount
from domain.errors import HandleTaken
from domain.handle import ChangeHandle, ReleaseHandle
from domain.like import Like
from domain.messages import Receipt
from domain.post import NewPost
from eventstore.verification import StoreVerification
from tests.promises.stores import ON_EITHER_STORE, WriteSide, write_side
from transfer.jsonl_export import export

__all__ = ["write_side"]

RACERS = 8
LATER = "2099-01-01T00:00:00.000000Z"


def raced(attempt: Callable[[int], Receipt]) -> list[Receipt]:
    """What came of so many attempts at one moment: the receipts of those that weren't told that it is taken."""
    together = threading.Barrier(RACERS)

    def run(number: int) -> Receipt | None:
        together.wait()
        try:
            return attempt(number)
        except HandleTaken:
            return None

    with ThreadPoolExecutor(RACERS) as pool:
        return [receipt for receipt in pool.map(run, range(RACERS)) if receipt]


def exported(write_side: WriteSide) -> list[dict]:
    write_side.settle()
    out = io.BytesIO()
    export(write_side.store, out)
    assert list(StoreVerification(write_side.store).faults()) == []
    return [msgspec.json.decode(line) for line in out.getvalue().splitlines()[:-1]]


@ON_EITHER_STORE
def test_of_eight_who_register_one_handle_one_gets_it(write_side: WriteSide) -> None:
    won = raced(lambda _: write_side.send(RegisterAccount(handle="ann"), "ann"))
    assert len(won) == 1
    assert [commit["stream"] for commit in exported(write_side)] == [won[0].stream]
    write_side.reopen()
    assert f"account-{write_side.bus.aggregates().holder('ann')}" == won[0].stream


@ON_EITHER_STORE
def test_of_eight_who_change_to_one_handle_one_gets_it(write_side: WriteSide) -> None:
    for number in range(RACERS):
        write_side.send(RegisterAccount(handle=f"p{number}"), f"p{number}")

    def change(number: int) -> Receipt:
        me = f"p{number}"
        return write_side.send(ChangeHandle(handle=me, new_handle="ann", now=ids.now(), former_until=LATER), me)

    assert len(raced(change)) == 1
    assert [commit["claim"] for commit in exported(write_side)].count("handle:ann") == 1


@ON_EITHER_STORE
def test_a_registration_that_is_sent_again_is_answered_as_before(write_side: WriteSide) -> None:
    first = write_side.send(RegisterAccount(handle="ann"), "ann", "key")
    again = write_side.send(RegisterAccount(handle="ann"), "ann", "key")
    assert (again.stream, again.commit, again.repeated) == (first.stream, first.commit, True)
    write_side.reopen()
    assert write_side.send(RegisterAccount(handle="ann"), "ann", "key").commit == first.commit


@ON_EITHER_STORE
def test_a_handle_that_is_set_free_is_nowhere_and_somebody_elses(write_side: WriteSide) -> None:
    write_side.send(RegisterAccount(handle="quokka"), "quokka", "key")
    post = write_side.send(NewPost(post=ids.uuid7(), title="t", body="b"), "quokka", "other").subject
    write_side.send(Like(target=f"post-{post}"), "quokka")
    change = ChangeHandle(handle="quokka", new_handle="ann", now=ids.now(), former_until=LATER)
    write_side.send(change, "quokka", "third")
    write_side.send(ReleaseHandle(handle="quokka", now=ids.now()), "ann")
    assert "quokka" not in str(exported(write_side))
    write_side.reopen()
    won = write_side.send(RegisterAccount(handle="quokka"), "quokka")
    assert f"account-{write_side.bus.aggregates().holder('quokka')}" == won.stream
    assert [commit.get("claim") for commit in exported(write_side)] == [
        None, None, None, "handle:ann", None, "handle:quokka",
    ]  # fmt: skip
