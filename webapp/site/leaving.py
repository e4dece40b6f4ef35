"""What pages and the API share about leaving: begun, taken back, and what goes and stays if somebody does it."""

from collections.abc import Callable, Mapping

from itsdangerous import BadData, URLSafeTimedSerializer
from msgspec import Struct
from msgspec.structs import replace

from domain import ids
from domain.errors import Conflict, Refused, Sentence
from domain.handle import placeholder
from domain.leaving import MAX_EXCEPTIONS, WORDS, Leave, Return, Words
from domain.messages import Command
from domain.rights import Account
from operational import departures, drafts, own_rows
from operational.departures import Departure, LeaseLost
from readmodel.engine.connections import changing
from readmodel.inbox import NotificationView, WrittenToThem, WrittenToThemCount
from readmodel.newest import WritingCounts, WrittenBy
from readmodel.tokens import TokensOf
from readmodel.webhooks import WebhooksOf

from . import auth, database, site

CHOICES = "leaving"
"""Where the choices of whoever thinks about leaving stand among the drafts: no list has them."""
TOO_MANY_CHOSEN = Sentence(
    "You can choose %(most)s of them at most. What you ticked before is kept.", most=MAX_EXCEPTIONS
)
TAKEN_BACK = Sentence("This was sent before, and taken back since. Send it again as something new.")
OWN_ACCOUNT = Sentence("You close your own account in your settings, with your password.")
TICKET_S = 86_400
Send = Callable[[Command], object]
"""Sends a command for whoever acts. Raises Refused."""


class Split(Struct, frozen=True):
    """How many posts and comments are kept and erased by a choice with its exceptions. chosen: how many those are."""

    posts_kept: int
    posts_erased: int
    comments_kept: int
    comments_erased: int
    chosen: int


class Preview(Struct, frozen=True, kw_only=True):
    """name: what they are called afterwards. splits: what each choice does to their posts and comments.

    rows: what is kept beside the lists, by table, and tokens and webhooks. written: the newest that others wrote to or
    about them, of `written_count`.
    """

    name: str
    splits: Mapping[Words, Split]
    rows: Mapping[str, int]
    written: list[NotificationView]
    written_count: int


def begin(account: str, words: str, exceptions: tuple[str, ...], reason: str, send: Send) -> Departure:
    """Closes an account, by its id, up to when its owner may return. Repeated, it gives the same.

    The row comes first: whoever is stopped in between has a row without leaving, which nothing is done by, and nobody
    sees. Raises Refused, and Conflict for a repeat of what was taken back since.
    """
    control, state = database.control(), _state(account)
    until = state.leaving.until if state.leaving else ids.from_now(site.current().settings.leave_after)
    before = departures.of_account(control, account)
    row = departures.open_for(control, account, until)
    try:
        send(Leave(handle=account, words=words, exceptions=exceptions, until=until, reason=reason))
        if _state(account).leaving is None:
            raise Conflict(TAKEN_BACK)
    except Refused:
        if before is None and _state(account).leaving is None:
            departures.drop(control, row)
        raise
    auth.end_sessions(account)
    drafts.delete_at(control, account, CHOICES)
    return _until_as_stored(row)


def come_back(account: str, send: Send) -> bool:
    """Takes leaving back, where somebody leaves. Returns whether they did. Raises Conflict where the time is over."""
    if _state(account).leaving is None:
        return False
    send(take_back(account))
    return True


def take_back(account: str) -> Return:
    """The command. The row stays, so that whoever leaves once more has the same receipt, and goes when it is due."""
    return Return(handle=account, now=ids.now())


def receipt(id: str) -> Departure | None:
    """None as well for one who came back."""
    found = departures.receipt(database.control(), id) if ids.is_id(id) else None
    if found is None or found.state != "waiting":
        return found
    state = _state(found.account)
    return found if state.leaving or state.closed else None


def commits(departure: Departure, after: int) -> tuple[list[str], int | None]:
    """The ids of its commits behind a number, and behind which number the next ones are."""
    found = list(departures.commit_ids(database.control(), departure, after))
    end = after + len(found)
    return found, end if found and end < departure.commits else None


def require_other(account: str, by: str) -> None:
    """Raises Conflict for an admin's own account: that takes their password."""
    if account == by:
        raise Conflict(OWN_ACCOUNT)


def preview(account: str) -> Preview:
    rows = {
        **own_rows.count(database.control(), account),
        "tokens": len(database.ask(TokensOf(account=account))),
        "webhooks": len(database.ask(WebhooksOf(account=account))),
    }
    counts: dict[str, int] = database.ask(WritingCounts(author=account))
    return Preview(
        name=placeholder(account),
        splits={words: _split(words, counts, _theirs(account, found)) for words, found in choices(account).items()},
        rows=rows,
        written=database.ask(WrittenToThem(account=account)),
        written_count=database.ask(WrittenToThemCount(account=account)),
    )


def choices(account: str) -> dict[Words, tuple[str, ...]]:
    """For each choice the streams that the opposite happens to, as they were chosen one by one."""
    draft = drafts.find(database.control(), account, CHOICES)
    return {words: tuple(draft.words.get(words, "").split()) if draft else () for words in WORDS}


def choose(account: str, words: Words, shown: set[str], turned: set[str]) -> None:
    """Of those shown, the opposite of the choice happens to those turned; the others are as they were.

    Raises Conflict where they become too many.
    """
    found = choices(account)
    mine = {stream for streams in _theirs(account, tuple(shown & turned)).values() for stream in streams}
    wanted = (set(found[words]) - shown) | mine
    if len(wanted) > MAX_EXCEPTIONS:
        raise Conflict(TOO_MANY_CHOSEN)
    stored = {str(name): " ".join(sorted(wanted) if name == words else streams) for name, streams in found.items()}
    drafts.save(database.control(), account, CHOICES, stored)


def ticket(account: str) -> str:
    """Stands in the form: who sends it twice has no session any more the second time, and gets the receipt by it."""
    return str(_serializer().dumps(account))


def by_ticket(ticket: str) -> Departure | None:
    """The departure of whoever had the form with this ticket, if they leave."""
    try:
        account = str(_serializer().loads(ticket, max_age=TICKET_S))
    except BadData:
        return None
    return departures.of_account(database.control(), account) if _state(account).leaving else None


def _until_as_stored(row: Departure) -> Departure:
    """The row with the time that the account's own stream says: an earlier try may have left it with another."""
    found = _state(row.account).leaving
    if found is None or row.state != "waiting" or row.until == found.until:
        return row
    try:
        with changing(database.control()) as connection:
            return departures.save(connection, row, until=found.until)
    except LeaseLost:
        return replace(row, until=found.until)


def _split(words: Words, counts: Mapping[str, int], chosen: Mapping[str, set[str]]) -> Split:
    turned = {kind: len(chosen[kind]) for kind in counts}
    others = {kind: counts[kind] - turned[kind] for kind in counts}
    kept, erased = (others, turned) if words == "keep" else (turned, others)
    return Split(kept["post"], erased["post"], kept["comment"], erased["comment"], sum(turned.values()))


def _theirs(account: str, streams: tuple[str, ...]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = database.ask(WrittenBy(author=account, streams=streams))
    return found


def _state(account: str) -> Account:
    return site.current().bus.aggregates().account_named(account)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(site.current().settings.accepted_keys, salt="leaving")
