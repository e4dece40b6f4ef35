"""Promise 10 for reasons: nobody finds an erased one in a store, and the chain still verifies, on either store."""

import io
from collections.abc import Callable

import pytest

from domain import account, comment, ids, post, rights
from domain.messages import Command
from domain.moderation import suspension
from eventstore.verification import StoreVerification
from tests.promises.stores import ON_EITHER_STORE, WriteSide, write_side
from transfer.jsonl_export import export

__all__ = ["write_side"]

HUSH = "Hush-4711"


def explained(write_side: WriteSide, kind: str) -> Callable[[str], Command]:
    """Acts with the reason HUSH on something of that kind. Gives the erasure of it."""
    write_side.send(account.RegisterAccount(handle="ann"), "ann")
    id, said = ids.uuid7(), ids.uuid7()
    write_side.send(post.NewPost(post=id, title="A title", body="words"))
    write_side.send(comment.AddComment(comment=said, post=id, body="words"))
    if kind == "post":
        for command in (post.LockPost, post.PinPost, post.RemovePost, post.RestorePost):
            write_side.send(command(post=id, reason=HUSH), rights.OPERATOR)
        return lambda reason: post.ErasePost(post=id, reason=reason)
    if kind == "comment":
        edit = comment.EditComment(comment=said, version=1, body="milder", reason=HUSH)
        for done in (edit, comment.RemoveComment(comment=said, reason=HUSH)):
            write_side.send(done, rights.OPERATOR)
        return lambda reason: comment.EraseComment(comment=said, reason=reason)
    write_side.send(account.EraseProfile(handle="ann", reason="earlier"), rights.OPERATOR)
    for suspended in (suspension.SuspendAccount, suspension.ReinstateAccount):
        write_side.send(suspended(handle="ann", reason=HUSH), rights.OPERATOR)
    return lambda reason: account.EraseProfile(handle="ann", reason=reason)


@ON_EITHER_STORE
@pytest.mark.parametrize("kind", ["post", "comment", "account"])
def test_an_erasure_takes_the_reasons_and_the_next_one_its_own(write_side: WriteSide, kind: str) -> None:
    erase = explained(write_side, kind)
    write_side.settle()
    assert HUSH.encode() in exported(write_side)
    write_side.send(erase(f"Own {HUSH}"), rights.OPERATOR)
    write_side.settle()
    left = exported(write_side)
    assert left.count(HUSH.encode()) == left.count(f"Own {HUSH}".encode()) == 1
    write_side.reopen()
    write_side.send(erase("later"), rights.OPERATOR)
    write_side.settle()
    assert HUSH.encode() not in exported(write_side)
    assert list(StoreVerification(write_side.store).faults()) == []
    head = write_side.store.head()
    write_side.send(erase("later"), rights.OPERATOR)
    write_side.settle()
    assert write_side.store.head() == head


def exported(write_side: WriteSide) -> bytes:
    out = io.BytesIO()
    export(write_side.store, out)
    return out.getvalue()
