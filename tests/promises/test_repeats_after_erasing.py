"""Promise 5 where it can't be kept: what was sent under an id can't be compared once it has been erased."""

import pytest

from domain import account, comment, ids, post, rights
from domain.errors import KeyReused
from domain.messages import Command, Envelope
from tests.promises.stores import ON_EITHER_STORE, WriteSide, write_side

__all__ = ["write_side"]


def sent_and_erased(write_side: WriteSide, kind: str) -> tuple[Command, Command]:
    """Sends a command under the id "k" and has its words erased. Gives it, and another that says something else."""
    write_side.send(account.RegisterAccount(handle="ann"), "ann")
    write_side.send(account.RegisterAccount(handle="root"), "root")
    write_side.send(account.GrantRole(handle="root", role="admin"), rights.OPERATOR)
    new = post.NewPost(post=ids.uuid7(), title="Secret", body="plans")
    if kind == "post":
        write_side.send(new, command_id="k")
        write_side.send(post.ErasePost(post=new.post, reason="r"), "root")
        return new, post.NewPost(post=ids.uuid7(), title="Other", body="words")
    write_side.send(new)
    if kind == "edit":
        edit = post.EditPost(post=new.post, version=1, title="Secret", body="words")
        write_side.send(edit, command_id="k")
        write_side.send(post.ErasePost(post=new.post, reason="r"), "root")
        return edit, post.EditPost(post=new.post, version=1, title="Other", body="words")
    if kind == "comment":
        said = comment.AddComment(comment=ids.uuid7(), post=new.post, body="Secret")
        write_side.send(said, command_id="k")
        write_side.send(comment.EraseComment(comment=said.comment, reason="r"), "root")
        return said, comment.AddComment(comment=ids.uuid7(), post=new.post, body="Other")
    profile = account.EditProfile(handle="ann", name="Secret", bio="words")
    write_side.send(profile, command_id="k")
    write_side.send(account.EraseProfile(handle="ann", reason="r"), "root")
    return profile, account.EditProfile(handle="ann", name="Other", bio="words")


@ON_EITHER_STORE
@pytest.mark.parametrize("kind", ["post", "edit", "comment", "profile"])
def test_neither_other_words_nor_the_same_ones_get_the_first_success(write_side: WriteSide, kind: str):
    first, other = sent_and_erased(write_side, kind)
    write_side.settle()
    head = write_side.store.head()
    for command in (other, first):
        with pytest.raises(KeyReused, match="erased since"):
            write_side.send(command, command_id="k")
        (outcome,) = write_side.bus.send_batch([(command, Envelope(actor="ann", at=ids.now(), command_id="k"))])
        assert isinstance(outcome, KeyReused)
    write_side.settle()
    assert write_side.store.head() == head
