"""Reports: somebody tells moderators of a post, a comment or an account. Who reported what is told to moderators alone.

A report is a stream of its own, named by what it is about and who files it, so that the same report twice is one. The
case it belongs to is another: moderation.follower joins them.
"""

from typing import ClassVar, Literal, get_args

from domain import text
from domain.errors import Forbidden, Invalid, NotFound, Removed, Sentence
from domain.ids import Digest, Id, StreamName
from domain.messages import Command, Erasure, Event
from domain.rights import Account, require_active, require_admin
from domain.versions import Erasable

from .targets import Facts, Seen, parse

Category = Literal["spam", "illegal", "rule", "other"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
MAX_TEXT_CHARS = 2_000
MAX_LAW_CHARS = 200


class FileReport(Command, frozen=True, kw_only=True):
    """target: the stream of what is reported, at the version that the reporter saw.

    report     the id that it gets
    rule       the number of the site's rule, as rules_version has them, where the category is "rule"; else 0
    law        which law, where the category is "illegal"
    stranger   who files it without an account: an id that their browser keeps; "" for accounts
    now        the time
    """

    regenerated: ClassVar[tuple[str, ...]] = ("now", "report")
    report: str
    target: str
    version: int
    category: str
    rule: int = 0
    rules_version: int = 0
    text: str = ""
    law: str = ""
    stranger: str = ""
    now: str


class WithdrawReport(Command, frozen=True, kw_only=True):
    """Takes one's own report back. stranger: as in FileReport."""

    target: str
    stranger: str = ""


class EraseReport(Command, frozen=True, kw_only=True):
    """Takes the words of a report out of the store: for a closed account its own, for admins anybody's."""

    target: str
    reporter: str


class ReportFiled(Event, frozen=True, kw_only=True):
    """digest: of the event that brought the text as it was seen, so that the text is shown without a copy of it."""

    type: ClassVar[str] = "ReportFiled"
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("text", "law")
    report: Id
    target: StreamName
    version: int
    digest: Digest
    category: Category
    rule: int = 0
    rules_version: int = 0
    reporter: Id
    stranger: bool = False
    text: str
    law: str = ""


class ReportWithdrawn(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "ReportWithdrawn"
    secret: ClassVar[bool] = True
    report: Id
    target: StreamName


class ReportErased(Erasure, frozen=True, kw_only=True):
    """Nothing is left of its words."""

    type: ClassVar[str] = "ReportErased"
    schema: ClassVar[int] = 1
    secret: ClassVar[bool] = True
    target: StreamName


COMMANDS: tuple[type[Command], ...] = (FileReport, WithdrawReport, EraseReport)
EVENTS: tuple[type[Event], ...] = (ReportFiled, ReportWithdrawn, ReportErased)


class Report(Erasable):
    """The last one that this reporter filed about this target. withdrawn: it is taken back."""

    id: str = ""
    category: str = ""
    rule: int = 0
    withdrawn: bool = False


def stream(target: str, reporter: str) -> str:
    return f"report-{target}-{reporter}"


def reporter_of(command: Command, by: Account) -> str:
    """Whose report a command is about: its sender's, or that of a stranger. "" for nobody's."""
    if isinstance(command, EraseReport):
        return command.reporter
    return by.id if by.exists else str(getattr(command, "stranger", ""))


def decide(
    report: Report, command: Command, by: Account, thing: Facts | None, seen: Seen | None, *, rules: int, answered: bool
) -> list[Event]:
    """thing: how the target stands, None where there is none; seen: its text at the version named, None where that
    never was. rules: how many rules the version named has. answered: whether the last report was decided on."""
    match command:
        case EraseReport():
            return _erase(report, command, by)
        case WithdrawReport():
            return _withdraw(report, command, by)
        case FileReport():
            return _file(report, command, by, thing, seen, rules=rules, answered=answered)
    raise TypeError(f"{type(command).__name__} is no command of a report")


def _file(
    report: Report, command: FileReport, by: Account, thing: Facts | None, seen: Seen | None, *, rules: int,
    answered: bool,
) -> list[Event]:  # fmt: skip
    _require_reporter(command, by)
    target = parse(command.target)
    if thing is None:
        raise NotFound("There is nothing to report there.")
    if target.kind == "account" and not thing.open:
        raise NotFound("There is nothing to report there.")
    if thing.author == by.id:
        raise Invalid({"target": Sentence("This is your own: you can edit or remove it yourself.")})
    if not thing.open:
        raise Removed("This was removed, so it can't be reported any more.")
    fields = text.Fields()
    words = fields.block("text", command.text, MAX_TEXT_CHARS)
    law = fields.line("law", command.law, MAX_LAW_CHARS)
    category = next((known for known in CATEGORIES if known == command.category), None)
    if category is None:
        fields.refuse("category", Sentence("Category must be one of: %(known)s.", known=", ".join(CATEGORIES)))
    elif category == "rule" and not 1 <= command.rule <= rules:
        fields.refuse("rule", Sentence("Choose one of the site's rules."))
    elif category in ("illegal", "other"):
        fields.required("text", words)
    if seen is None:
        fields.refuse("version", Sentence("This never had such a version."))
    fields.raise_faults()
    if report.exists and not report.withdrawn and not answered:
        return []
    assert category is not None
    assert seen is not None
    of_rule = category == "rule"
    return [
        ReportFiled(
            report=command.report, target=target.stream, version=command.version, digest=seen.digest, category=category,
            rule=command.rule if of_rule else 0, rules_version=command.rules_version if of_rule else 0,
            reporter=reporter_of(command, by), stranger=not by.exists, text=words,
            law=law if category == "illegal" else "",
        )
    ]  # fmt: skip


def _require_reporter(command: FileReport, by: Account) -> None:
    if by.exists:
        require_active(by)
        if by.reporting_paused_at(command.now):
            raise Forbidden(
                Sentence("A moderator paused your reporting until %(until)s.", until=by.reporting_paused_until)
            )
    elif not command.stranger:
        raise Forbidden("Log in first.")


def _withdraw(report: Report, command: WithdrawReport, by: Account) -> list[Event]:
    """Somebody suspended may take a report back, too."""
    if not reporter_of(command, by) or not report.exists:
        raise NotFound("You have no such report.")
    return [] if report.withdrawn else [ReportWithdrawn(report=report.id, target=parse(command.target).stream)]


def _erase(report: Report, command: EraseReport, by: Account) -> list[Event]:
    own = by.closed and by.id == command.reporter
    if not own:
        require_active(by)
        require_admin(by)
    if not report.exists:
        raise NotFound("There is no such report.")
    erased = tuple(report.text_versions)
    return [ReportErased(target=parse(command.target).stream, erased=erased)] if erased else []


def evolve(report: Report, event: Event, _actor: str) -> None:
    """Applies one event; the caller has raised report.version to the event's own."""
    match event:
        case ReportFiled():
            report.id, report.category, report.rule, report.withdrawn = event.report, event.category, event.rule, False
            report.words_came()
        case ReportWithdrawn():
            report.withdrawn = True
        case ReportErased():
            report.words_erased(event.erased, "", "")
