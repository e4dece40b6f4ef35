"""Promise 5 where it can't be kept: what was sent under an id can't be compared once it has been erased."""

import pytest

from domain import account, comment, ids, post, rights
from domain.errors import KeyReused
from domain.messages import Command, Envelope
from tests.promises.stores import EITHER, Shelf, shelf

__all__ = ["shelf"]


def sent_and_erased(shelf: Shelf, kind: str) -> tuple[Command, Command]:
    """Sends a command under the id "k" and has its words erased. Gives it, and another that says something else."""
    shelf.send(account.RegisterAccount(handle="ann"), "ann")
    shelf.send(account.RegisterAccount(handle="root"), "root")
    shelf.send(account.GrantRole(handle="root", role="admin"), rights.OPERATOR)
    new = post.NewPost(post=ids.uuid7(), title="Secret", body="plans")
    if kind == "post":
        shelf.send(new, command_id="k")
        shelf.send(post.ErasePost(post=new.post, reason="r"), "root")
        return new, post.NewPost(post=ids.uuid7(), title="Other", body="words")
    shelf.send(new)
    if kind == "edit":
        edit = post.EditPost(post=new.post, version=1, title="Secret", body="words")
        shelf.send(edit, command_id="k")
        shelf.send(post.ErasePost(post=new.post, reason="r"), "root")
        return edit, post.EditPost(post=new.post, version=1, title="Other", body="words")
    if kind == "comment":
        said = comment.AddComment(comment=ids.uuid7(), post=new.post, body="Secret")
        shelf.send(said, command_id="k")
        shelf.send(comment.EraseComment(comment=said.comment, reason="r"), "root")
        return said, comment.AddComment(comment=ids.uuid7(), post=new.post, body="Other")
    profile = account.EditProfile(handle="ann", name="Secret", bio="words")
    shelf.send(profile, command_id="k")
    shelf.send(account.EraseProfile(handle="ann", reason="r"), "root")
    return profile, account.EditProfile(handle="ann", name="Other", bio="words")


@EITHER
@pytest.mark.parametrize("kind", ["post", "edit", "comment", "profile"])
def test_neither_other_words_nor_the_same_ones_get_the_first_success(shelf: Shelf, kind: str):
    first, other = sent_and_erased(shelf, kind)
    shelf.settle()
    head = shelf.store.head()
    for command in (other, first):
        with pytest.raises(KeyReused, match="erased since"):
            shelf.send(command, command_id="k")
        (outcome,) = shelf.bus.send_batch([(command, Envelope(actor="ann", at=ids.now(), command_id="k"))])
        assert isinstance(outcome, KeyReused)
    shelf.settle()
    assert shelf.store.head() == head
