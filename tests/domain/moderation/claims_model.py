"""What the log says of cases, in other words than the domain's: whoever reads it finds each rule that was broken."""

from domain import comment, post
from domain.commit import Commit
from domain.messages import Event
from domain.moderation.appeal import AppealOverturned
from domain.moderation.case import (
    CaseClaimed,
    CaseEscalated,
    CaseReleased,
    NoteAdded,
    ReportJoined,
    ReportLeft,
)
from domain.moderation.decision import CaseDecided, DecisionReversed, DecisionTakenBack
from domain.moderation.report import ReportFiled, ReportWithdrawn

TEXTS = (post.PostPublished, post.PostEdited, comment.CommentAdded, comment.CommentEdited)


class Model:
    """holders: who has claimed each target, and until when. answers: the decision on each report; None: it waits."""

    def __init__(self, admins: set[str]) -> None:
        self.admins = admins
        self.holders: dict[str, tuple[str, str]] = {}
        self.texts: dict[str, int] = {}
        self.filed: dict[str, tuple[str, str]] = {}
        self.withdrawn: set[str] = set()
        self.answers: dict[str, dict[str, str | None]] = {}
        self.void: set[str] = set()
        self.overturned: set[str] = set()
        self.decided: dict[str, CaseDecided] = {}

    def see(self, commit: Commit, version: int, event: Event) -> None:
        """Raises AssertionError where a rule was broken."""
        at, actor = commit.at, commit.actor
        match event:
            case ReportFiled():
                self.filed[event.report] = (event.target, event.reporter)
            case ReportWithdrawn():
                self.withdrawn.add(event.report)
            case CaseClaimed():
                live = self.live(event.target, at)
                others = live is not None and live != actor
                assert event.taken_from == (live if others else "")
                assert not others or actor in self.admins
                self.holders[event.target] = (actor, event.claimed_until)
            case CaseReleased() | CaseEscalated():
                assert self.live(event.target, at) == actor
                self.holders.pop(event.target)
            case NoteAdded() | DecisionTakenBack() if event.claimed_until:
                assert self.live(event.target, at) == actor
                self.holders[event.target] = (actor, event.claimed_until)
            case _ if isinstance(event, TEXTS):
                self.texts[commit.stream] = version
        self._see_answers(event, at, actor)

    def live(self, target: str, at: str) -> str | None:
        holder, until = self.holders.get(target, ("", ""))
        return holder if until > at else None

    def _see_answers(self, event: Event, at: str, actor: str) -> None:
        answers = self.answers.setdefault(getattr(event, "target", ""), {})
        match event:
            case ReportJoined():
                assert event.report not in answers
                answers[event.report] = None
            case ReportLeft():
                assert answers.pop(event.report) is None
            case CaseDecided():
                assert self.live(event.target, at) == actor
                assert event.author != actor
                assert event.text_version >= self.texts.get(event.target, 0)
                assert set(event.reports) == {report for report, by in answers.items() if by is None}
                answers.update(dict.fromkeys(event.reports, event.decision))
                self.holders.pop(event.target)
                self.decided[event.decision] = event
            case DecisionTakenBack():
                self.void.add(event.decision)
                self._wait(answers, event.decision)
            case AppealOverturned():
                self.void.add(event.decision)
                self.overturned.add(event.decision)
            case DecisionReversed():
                assert event.decision in self.void
                if event.decision in self.overturned and self.decided[event.decision].acts in (("none",), ("note",)):
                    self._wait(answers, event.decision)

    def _wait(self, answers: dict[str, str | None], decision: str) -> None:
        answers.update({report: None for report, by in answers.items() if by == decision})
