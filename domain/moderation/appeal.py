"""Appeals: somebody whom a decision concerns asks for it to be looked at again, once, and another moderator does."""

from typing import ClassVar, Literal, get_args

from domain import text
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Sentence
from domain.ids import Id, Moment, StreamName
from domain.messages import Command, Event
from domain.rights import Account, require_active, require_moderator, require_present
from domain.versions import Erasable

from .case_state import Case
from .decision import Decision, came_to_nothing
from .erasing import AppealWordsErased
from .targets import parse

Outcome = Literal["upheld", "overturned"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
Party = Literal["author", "reporter"]
MAX_TEXT_CHARS = 4_000


class Lodge(Command, frozen=True, kw_only=True):
    """appeal: the id that it gets. target: of the decision. now: the time."""

    regenerated: ClassVar[tuple[str, ...]] = ("appeal", "now")
    appeal: str
    target: str
    decision: str
    text: str
    now: str


class Reply(Command, frozen=True, kw_only=True):
    """One more word from each side. account: whose appeal it is, by id."""

    target: str
    decision: str
    account: str
    text: str


class Resolve(Command, frozen=True, kw_only=True):
    """account: whose appeal it is, by id. others: whether anybody else than the decision's maker could resolve it."""

    regenerated: ClassVar[tuple[str, ...]] = ("others",)
    target: str
    decision: str
    account: str
    outcome: str
    reason: str
    others: bool


class OfAppeal(Event, frozen=True, kw_only=True):
    secret: ClassVar[bool] = True
    appeal: Id
    target: StreamName
    decision: Id


class AppealLodged(OfAppeal, frozen=True, kw_only=True):
    type: ClassVar[str] = "AppealLodged"
    erasable: ClassVar[tuple[str, ...]] = ("text",)
    account: Id
    party: Party
    text: str
    lodged_at: Moment


class AppealReplied(OfAppeal, frozen=True, kw_only=True):
    """by_staff: else by whoever lodged it."""

    type: ClassVar[str] = "AppealReplied"
    erasable: ClassVar[tuple[str, ...]] = ("text",)
    text: str
    by_staff: bool


class AppealUpheld(OfAppeal, frozen=True, kw_only=True):
    """The decision stands."""

    type: ClassVar[str] = "AppealUpheld"
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    account: Id
    reason: str | None = ""


class AppealOverturned(OfAppeal, frozen=True, kw_only=True):
    """The decision has no effect any more."""

    type: ClassVar[str] = "AppealOverturned"
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    account: Id
    reason: str | None = ""


COMMANDS: tuple[type[Command], ...] = (Lodge, Reply, Resolve)
EVENTS: tuple[type[Event], ...] = (AppealLodged, AppealReplied, AppealUpheld, AppealOverturned, AppealWordsErased)


class Appeal(Erasable):
    """account: who lodged it. outcome: "" while it is open. replied: who has used their reply."""

    id: str = ""
    account: str = ""
    outcome: str = ""
    replied: frozenset[bool] = frozenset()


def stream(decision: str, account: str) -> str:
    return f"appeal-{decision}-{account}"


def account_of(command: Command, by: Account) -> str:
    """Whose appeal a command is about."""
    return by.id if isinstance(command, Lodge) else str(getattr(command, "account", ""))


def decide(appeal: Appeal, command: Command, by: Account, case: Case) -> list[Event]:
    """case: the one of the decision. Somebody suspended may lodge and reply."""
    require_present(by)
    match command:
        case Lodge():
            return _lodge(appeal, command, by, case)
        case Reply():
            return _reply(appeal, command, by, case)
        case Resolve():
            return _resolve(appeal, command, by, case)
    raise TypeError(f"{type(command).__name__} is no command of an appeal")


def _lodge(appeal: Appeal, command: Lodge, by: Account, case: Case) -> list[Event]:
    decision = case.decisions.get(command.decision)
    party = party_to(decision, by.id, case.author) if decision else None
    if decision is None or party is None:
        raise NotFound("There is no such decision about you or what you reported.")
    if command.now > decision.appeal_until:
        until = decision.appeal_until
        raise Conflict(Sentence("This decision could be appealed until %(until)s.", until=until))
    if appeal.exists:
        raise Conflict("You have appealed this decision already. Each may do that once.")
    if decision.taken_back or decision.reversed:
        raise Conflict("This decision has been taken back already.")
    return [
        AppealLodged(
            appeal=command.appeal, target=parse(command.target).stream, decision=command.decision, account=by.id,
            party=party, text=_words(command.text), lodged_at=command.now,
        )
    ]  # fmt: skip


def party_to(decision: Decision, account: str, author: str) -> Party | None:
    """How a decision concerns somebody. author: of what it is about, who doesn't learn of one that came to nothing."""
    if account in decision.reporters:
        return "reporter"
    return "author" if account == author and not came_to_nothing(decision.acts) else None


def _words(typed: str) -> str:
    return text.required_block("text", typed, MAX_TEXT_CHARS)


def _require_open(appeal: Appeal) -> None:
    if not appeal.exists:
        raise NotFound("There is no such appeal.")
    if appeal.outcome:
        raise Conflict("This appeal has been decided already.")


def _require_not_about(appeal: Appeal, by: Account, case: Case) -> None:
    if by.id in (appeal.account, case.author):
        raise Forbidden("This appeal is about what is yours: another moderator decides it.")


def _reply(appeal: Appeal, command: Reply, by: Account, case: Case) -> list[Event]:
    own = by.id == appeal.account
    if not own:
        if not by.is_moderator:
            raise NotFound("There is no such appeal.")
        require_active(by)
        _require_not_about(appeal, by, case)
    _require_open(appeal)
    by_staff = not own
    if by_staff in appeal.replied:
        raise Conflict("Each side may reply once, and yours has.")
    return [
        AppealReplied(
            appeal=appeal.id, target=parse(command.target).stream, decision=command.decision,
            text=_words(command.text), by_staff=by_staff,
        )
    ]  # fmt: skip


def _resolve(appeal: Appeal, command: Resolve, by: Account, case: Case) -> list[Event]:
    require_active(by)
    require_moderator(by)
    _require_open(appeal)
    decision = case.decisions.get(command.decision)
    _require_not_about(appeal, by, case)
    if decision and decision.by == by.id and command.others:
        raise Forbidden("You made this decision: another moderator decides the appeal.")
    outcome = next((known for known in OUTCOMES if known == command.outcome), None)
    if outcome is None:
        raise Invalid({"outcome": Sentence("Outcome must be one of: %(known)s.", known=", ".join(OUTCOMES))})
    event = AppealUpheld if outcome == "upheld" else AppealOverturned
    return [
        event(
            appeal=appeal.id, target=parse(command.target).stream, decision=command.decision, account=appeal.account,
            reason=text.required_reason(command.reason),
        )
    ]  # fmt: skip


def evolve(appeal: Appeal, event: Event, actor: str) -> None:
    """Applies one event; the caller has raised appeal.version to the event's own."""
    match event:
        case AppealLodged():
            appeal.id, appeal.account = event.appeal, event.account
            appeal.words_given(actor)
        case AppealReplied():
            appeal.replied = appeal.replied | {event.by_staff}
            appeal.words_given(actor)
        case AppealUpheld() | AppealOverturned():
            appeal.outcome = "upheld" if isinstance(event, AppealUpheld) else "overturned"
            appeal.reason_given(event.reason, actor)
        case AppealWordsErased():
            appeal.reasons_erased(event.erased)
