"""A term of suspension ends by itself on either store, for processes with and without snapshots."""

from datetime import timedelta

import pytest

from domain import account, ids, post, rights
from domain.errors import Suspended
from domain.messages import Envelope
from domain.moderation.suspension import SuspendAccount
from tests.promises.stores import ON_EITHER_STORE, WriteSide, write_side

__all__ = ["write_side"]


def new_post() -> post.NewPost:
    return post.NewPost(post=ids.uuid7(), title="t", body="b")


@ON_EITHER_STORE
def test_the_commands_time_decides_and_nothing_is_stored_about_the_end(write_side: WriteSide) -> None:
    until = ids.from_now(timedelta(days=1))
    during, after = (Envelope(actor="ann", at=ids.from_now(timedelta(hours=hours))) for hours in (23, 25))
    write_side.send(account.RegisterAccount(handle="ann"))
    write_side.send(SuspendAccount(handle="ann", reason="Spam", until=until), rights.OPERATOR)
    for _ in range(2):
        write_side.settle()
        for bus in (write_side.bus, write_side.new_bus()):
            with pytest.raises(Suspended):
                bus.send(new_post(), during)
            assert bus.send(new_post(), after).commit
            outcomes = bus.send_batch([(new_post(), during), (new_post(), after)])
            assert [isinstance(outcome, Suspended) for outcome in outcomes] == [True, False]
        write_side.reopen()
    known = write_side.bus.aggregates().account_named("ann")
    assert (known.version, known.suspension) == (3, rights.Suspension(until))
