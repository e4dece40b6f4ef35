"""Bulk removals: everything that one account wrote in a period goes at once, and comes back at once.

A batch is a stream of its own. moderation.bulk_removal carries it out text by text, and then says what came of it; what
takes it back is carried out in the same way. Whoever orders one has claimed the case about the account.
"""

from typing import ClassVar

from domain import reasons, rights, text
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Sentence
from domain.ids import Id, Moment, is_id, parse_moment
from domain.messages import Command, Erasure, Event, Explained
from domain.rights import OPERATOR, Account
from domain.versions import Erasable

from .case_state import Case, require_claim
from .terms import no_moment, term_end

BEGINNING = "0001-01-01T00:00:00.000000Z"
MAX_PREVIEWED = 10_000_000


class OrderBulkRemoval(Command, frozen=True, kw_only=True):
    """batch: the id that it gets. handle: whose texts, or their account's id.

    since and until: between which moments they were written, both included, ISO 8601 with an offset; "": from the
    beginning, and up to now. suspends: the account, too, up to `suspended_until`, "" until it is reinstated.
    previewed: how many texts whoever orders it saw that these are.
    """

    regenerated: ClassVar[tuple[str, ...]] = ("batch", "now")
    batch: str
    handle: str
    since: str = ""
    until: str = ""
    reason: str
    suspends: bool = False
    suspended_until: str = ""
    previewed: int = 0
    now: str


class OfBatch(Command, frozen=True, kw_only=True):
    batch: str


class TakeBackBulkRemoval(OfBatch, frozen=True, kw_only=True):
    """What it removed comes back, where nothing happened to it since."""

    reason: str


class RecordBulkRemoval(OfBatch, frozen=True, kw_only=True):
    """By moderation.bulk_removal. remaining: how many texts couldn't be removed."""

    removed: int
    remaining: int


class RecordBulkRestoration(OfBatch, frozen=True, kw_only=True):
    """By moderation.bulk_removal. remaining: how many texts had changed since."""

    restored: int
    remaining: int


class EraseBatchReasons(OfBatch, frozen=True, kw_only=True):
    """As those of domain.reasons. versions: which of them, for the operator; else all of the sender's go."""

    versions: tuple[int, ...] = ()


class BulkRemovalOrdered(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "BulkRemovalOrdered"
    batch: Id
    account: Id
    since: Moment
    until: Moment
    suspends: bool
    suspended_until: Moment
    previewed: int


class BulkRemovalFinished(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "BulkRemovalFinished"
    secret: ClassVar[bool] = True
    batch: Id
    removed: int
    remaining: int


class BulkRemovalTakenBack(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "BulkRemovalTakenBack"
    batch: Id
    account: Id


class BulkRemovalReversed(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "BulkRemovalReversed"
    secret: ClassVar[bool] = True
    batch: Id
    restored: int
    remaining: int


class BatchReasonsErased(Erasure, frozen=True, kw_only=True):
    type: ClassVar[str] = "BatchReasonsErased"
    schema: ClassVar[int] = 1
    batch: Id
    account: Id


COMMANDS: tuple[type[Command], ...] = (
    OrderBulkRemoval, TakeBackBulkRemoval, RecordBulkRemoval, RecordBulkRestoration, EraseBatchReasons,
)  # fmt: skip
EVENTS: tuple[type[Event], ...] = (
    BulkRemovalOrdered, BulkRemovalFinished, BulkRemovalTakenBack, BulkRemovalReversed, BatchReasonsErased,
)  # fmt: skip


class Batch(Erasable):
    """by: who ordered it. account: whose texts. finished and reversed: what is recorded at the end of each."""

    id: str = ""
    by: str = ""
    account: str = ""
    finished: bool = False
    taken_back: bool = False
    reversed: bool = False


def stream(batch: str) -> str:
    return f"batch-{batch}"


def decide(batch: Batch, command: Command, by: Account, account: Account, case: Case, orderer: Account) -> list[Event]:
    """account: whose texts it is about. case: the one about that account. orderer: who ordered the batch."""
    match command:
        case RecordBulkRemoval() | RecordBulkRestoration():
            return _record(batch, command, by)
        case EraseBatchReasons():
            return _erase(batch, command, by)
    rights.require_active(by)
    rights.require_moderator(by)
    match command:
        case OrderBulkRemoval():
            return _order(batch, command, by, account, case)
        case TakeBackBulkRemoval():
            return _take_back(batch, command, by, orderer)
    raise TypeError(f"{type(command).__name__} is no command of a batch")


def _order(batch: Batch, command: OrderBulkRemoval, by: Account, account: Account, case: Case) -> list[Event]:
    rights.require_account(account, by)
    if account.id == by.id:
        raise Invalid({"handle": Sentence("This is your own: another moderator has to look at it.")})
    if account.is_admin:
        raise Forbidden("Nobody removes in bulk what an admin wrote.")
    rights.require_power_over(account, by)
    if batch.exists or not is_id(command.batch):
        raise Conflict("This batch was ordered already.")
    require_claim(case, by.id, command.now)
    since, until = _period(command)
    end = command.suspended_until if command.suspends else ""
    suspended_until = term_end("suspended_until", end, command.now) if end else ""
    return [
        BulkRemovalOrdered(
            batch=command.batch, account=account.id, since=since, until=until, suspends=command.suspends,
            suspended_until=suspended_until, previewed=min(max(0, command.previewed), MAX_PREVIEWED),
            reason=text.required_reason(command.reason),
        )
    ]  # fmt: skip


def _period(command: OrderBulkRemoval) -> tuple[str, str]:
    """The first and the last moment. What is yet to be written is in no period."""
    fields = text.Fields()
    since = parse_moment(command.since) if command.since else BEGINNING
    until = parse_moment(command.until) if command.until else command.now
    for name, moment in (("since", since), ("until", until)):
        if moment is None:
            fields.refuse(name, no_moment(name))
    if since is not None and since > command.now:
        fields.refuse("since", Sentence("The period begins in the future, where nothing was written."))
    elif since is not None and until is not None and until < since:
        fields.refuse("until", Sentence("The period ends before it begins."))
    fields.raise_faults()
    return str(since), min(str(until), command.now)


def _take_back(batch: Batch, command: TakeBackBulkRemoval, by: Account, orderer: Account) -> list[Event]:
    _require_exists(batch)
    if batch.account == by.id:
        raise Forbidden("This is about what is yours: another moderator may take it back.")
    if batch.by != by.id:
        rights.require_power_over(orderer, by)
    reason = text.required_reason(command.reason)
    if batch.taken_back:
        raise Conflict("This batch has been taken back already.")
    return [BulkRemovalTakenBack(batch=batch.id, account=batch.account, reason=reason)]


def _record(batch: Batch, command: RecordBulkRemoval | RecordBulkRestoration, by: Account) -> list[Event]:
    if by.id != OPERATOR:
        raise Forbidden("Only the site itself does that.")
    _require_exists(batch)
    match command:
        case RecordBulkRemoval(removed=removed, remaining=remaining):
            finished = BulkRemovalFinished(batch=batch.id, removed=removed, remaining=remaining)
            return [] if batch.finished else [finished]
        case RecordBulkRestoration(restored=restored, remaining=remaining):
            back = BulkRemovalReversed(batch=batch.id, restored=restored, remaining=remaining)
            return [back] if batch.taken_back and not batch.reversed else []


def _erase(batch: Batch, command: EraseBatchReasons, by: Account) -> list[Event]:
    reasons.require_may_erase(by)
    _require_exists(batch)
    erased = reasons.erasable(batch, command.versions, by)
    return [BatchReasonsErased(batch=batch.id, account=batch.account, erased=erased)] if erased else []


def _require_exists(batch: Batch) -> None:
    if not batch.exists:
        raise NotFound("There is no such batch.")


def require_part(batch: Batch, author: str, *, restores: bool) -> None:
    """Refuses to remove or restore a text as a part of this batch, where it can't be one now. author: the text's."""
    if not batch.exists or batch.account != author or batch.taken_back != restores:
        raise Conflict("This is no part of such a batch now.")


def evolve(batch: Batch, event: Event, actor: str) -> None:
    """Applies one event; the caller has raised batch.version to the event's own."""
    match event:
        case BulkRemovalOrdered():
            batch.id, batch.by, batch.account = event.batch, actor, event.account
            batch.reason_given(event.reason, actor)
        case BulkRemovalFinished():
            batch.finished = True
        case BulkRemovalTakenBack():
            batch.taken_back = True
            batch.reason_given(event.reason, actor)
        case BulkRemovalReversed():
            batch.reversed = True
        case BatchReasonsErased():
            batch.reasons_erased(event.erased)
