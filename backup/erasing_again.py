"""The commands by which a restored store erases again what was erased after its backup."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from domain import account, comment, handle, ids, leaving, post, reasons, token, webhook
from domain.errors import Damaged
from domain.messages import Command, Event

REASON = "Erased before, and again after a backup was restored."


class Erased(NamedTuple):
    """An event that the backup has whole, and that was erased later."""

    version: int
    event: Event


def commands_for(stream: str, erased: Sequence[Erased], *, left: bool) -> Iterator[Command]:
    """For one stream. erased: all of it, in the order of its versions; left: it is of an account whose owner left."""
    kind, _, id = stream.partition("-")
    versions = tuple(one.version for one in erased)
    only_reasons = all(one.event.erasable == ("reason",) for one in erased)
    match kind:
        case "post" if only_reasons:
            yield reasons.ErasePostReasons(post=id, versions=versions)
        case "post":
            yield post.ErasePost(post=id, reason=REASON)
        case "comment" if only_reasons:
            yield reasons.EraseCommentReasons(comment=id, versions=versions)
        case "comment":
            yield comment.EraseComment(comment=id, reason=REASON)
        case "account":
            yield from _of_account(id, erased, left=left)
        case "token":
            yield token.EraseToken(token=id)
        case "webhooks":
            for one in dict.fromkeys(getattr(one.event, "webhook", "") for one in erased):
                yield webhook.RemoveWebhook(handle=id, webhook=one)
        case _:
            raise Damaged(f"Nothing of the kind {kind!r} can be erased by this version of Verbatim.")


def _of_account(id: str, erased: Sequence[Erased], *, left: bool) -> Iterator[Command]:
    handles = [one.version for one in erased if isinstance(one.event, leaving.CLAIMING)]
    others = [one for one in erased if not isinstance(one.event, leaving.CLAIMING)]
    if left:
        yield leaving.EraseAccount(handle=id, now=ids.now())
        until = ids.from_now(timedelta(days=leaving.RESERVED_DAYS))
        for version in handles:
            yield leaving.RetireHandle(handle=id, version=version, reserved_until=until)
    for version in handles:
        yield handle.EraseHandles(handle=id, versions=(version,))
    if left or not others:
        return
    if all(one.event.erasable == ("reason",) for one in others):
        yield reasons.EraseAccountReasons(account=id, versions=tuple(one.version for one in others))
    else:
        yield account.EraseProfile(handle=id, reason=REASON)
