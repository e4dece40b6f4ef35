"""The commands by which a restored store erases again what was erased after its backup."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from domain import account, comment, handle, ids, leaving, post, reasons, token, webhook
from domain.errors import Damaged
from domain.messages import Command, Event

REASON = "Erased before, and again after a backup was restored."


class ErasedEvent(NamedTuple):
    """An event that the backup has whole, and that was erased later."""

    version: int
    event: Event


def commands_for(stream: str, erased: Sequence[ErasedEvent], *, left: bool, site_key: str) -> Iterator[Command]:
    """For one stream. erased: all of it, in the order of its versions; left: it is of an account whose owner left.

    site_key: today's, by which left handles are reserved.
    """
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
            yield from _of_account(id, erased, left=left, site_key=site_key)
        case "token":
            yield token.EraseToken(token=id)
        case "webhooks":
            for one in dict.fromkeys(getattr(one.event, "webhook", "") for one in erased):
                yield webhook.RemoveWebhook(handle=id, webhook=one)
        case _:
            raise Damaged(f"Nothing of the kind {kind!r} can be erased by this version of Verbatim.")


def _of_account(id: str, erased: Sequence[ErasedEvent], *, left: bool, site_key: str) -> Iterator[Command]:
    claims = [one for one in erased if isinstance(one.event, handle.CLAIMING)]
    others = [one for one in erased if not isinstance(one.event, handle.CLAIMING)]
    if left:
        yield leaving.EraseAccount(handle=id, now=ids.now())
        yield from _retiring(id, claims, site_key)
    for one in claims:
        yield handle.EraseHandles(handle=id, versions=(one.version,))
    if left or not others:
        return
    if all(one.event.erasable == ("reason",) for one in others):
        yield reasons.EraseAccountReasons(account=id, versions=tuple(one.version for one in others))
    else:
        yield account.EraseProfile(handle=id, reason=REASON)


def _retiring(id: str, claims: Sequence[ErasedEvent], site_key: str) -> Iterator[Command]:
    """The store has these handles no more, and what reserves them is made from the backup."""
    until = ids.from_now(timedelta(days=handle.RESERVED_DAYS))
    for one in claims:
        if isinstance(one.event, handle.HandleClaimed) and not one.event.claimed_by:
            reserved = handle.reservation(site_key, one.event.handle)
            yield leaving.RetireHandle(handle=id, version=one.version, reserved_until=until, reserved=reserved)
