"""Cases: what is reported of one target, who looks at it, and what was decided.

A case belongs to one target for ever: it is opened by the first report or by a moderator, and opened again by what
comes after a decision. Whoever decides has claimed it, for a while that each of their acts renews. All of it is for
staff alone; author and reporters are told what was decided by pages of their own.
"""

from typing import ClassVar

from domain.ids import Id, Moment, StreamName
from domain.messages import Command, Event

from .decision import CaseDecided, DecisionCarriedOut, DecisionReversed, DecisionTakenBack
from .erasing import CaseWordsErased


class OfCase(Command, frozen=True, kw_only=True):
    """target: its stream. now: the time."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    target: str
    now: str

    def streams_read(self, _actor: str) -> tuple[str, ...]:
        return (stream(self.target),)


class JoinReport(OfCase, frozen=True, kw_only=True):
    """Sent by moderation.follower for each report that was filed. reporter: account id, or a stranger's."""

    report: str
    reporter: str
    version: int


class LeaveReport(OfCase, frozen=True, kw_only=True):
    """Sent by moderation.follower for each report that was withdrawn."""

    report: str


class NoticeText(OfCase, frozen=True, kw_only=True):
    """Sent by moderation.follower when the text of a case that isn't decided changed."""


class OpenCase(OfCase, frozen=True, kw_only=True):
    """By a moderator, without a report; it is claimed at once."""


class Claim(OfCase, frozen=True, kw_only=True):
    """Of a case that waits for a decision, as its text is now. take_over: by an admin, though another moderator's claim
    is live."""

    take_over: bool = False


class Release(OfCase, frozen=True, kw_only=True):
    pass


class Escalate(OfCase, frozen=True, kw_only=True):
    """Leaves it to an admin."""

    reason: str


class AddNote(OfCase, frozen=True, kw_only=True):
    text: str


class OfCaseEvent(Event, frozen=True, kw_only=True):
    secret: ClassVar[bool] = True
    target: StreamName


class CaseOpened(OfCaseEvent, frozen=True, kw_only=True):
    """author: who wrote the target, or is it. thread: the post that it belongs to, or "". text_version: of its text."""

    type: ClassVar[str] = "CaseOpened"
    author: Id
    thread: Id
    text_version: int


class ReportJoined(OfCaseEvent, frozen=True, kw_only=True):
    """version: as the reporter saw the target. text_version: of the text that it has now."""

    type: ClassVar[str] = "ReportJoined"
    report: Id
    reporter: Id
    version: int
    text_version: int


class ReportLeft(OfCaseEvent, frozen=True, kw_only=True):
    """It was withdrawn."""

    type: ClassVar[str] = "ReportLeft"
    report: Id


class CaseReopened(OfCaseEvent, frozen=True, kw_only=True):
    """By a moderator, though it was decided."""

    type: ClassVar[str] = "CaseReopened"
    text_version: int


class CaseTextChanged(OfCaseEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "CaseTextChanged"
    text_version: int


class CaseClaimed(OfCaseEvent, frozen=True, kw_only=True):
    """by its actor. taken_from: whose claim was live until then, else ""."""

    type: ClassVar[str] = "CaseClaimed"
    claimed_until: Moment
    taken_from: Id = ""


class CaseReleased(OfCaseEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "CaseReleased"


class CaseEscalated(OfCaseEvent, frozen=True, kw_only=True):
    """It waits for an admin."""

    type: ClassVar[str] = "CaseEscalated"
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    reason: str | None = ""


class NoteAdded(OfCaseEvent, frozen=True, kw_only=True):
    """claimed_until: to when it renews its actor's claim, else ""."""

    type: ClassVar[str] = "NoteAdded"
    erasable: ClassVar[tuple[str, ...]] = ("text",)
    text: str
    claimed_until: Moment = ""


COMMANDS: tuple[type[Command], ...] = (
    JoinReport, LeaveReport, NoticeText, OpenCase, Claim, Release, Escalate, AddNote,
)  # fmt: skip
EVENTS: tuple[type[Event], ...] = (
    CaseOpened, CaseReopened, ReportJoined, ReportLeft, CaseTextChanged, CaseClaimed, CaseReleased, CaseEscalated,
    NoteAdded, CaseDecided, DecisionCarriedOut, DecisionTakenBack, DecisionReversed, CaseWordsErased,
)  # fmt: skip


def stream(target: str) -> str:
    return f"case-{target}"
