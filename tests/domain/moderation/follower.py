"""A follower for stories: joins reports to cases, and carries decisions out and back, one commit after the other."""

from contextlib import suppress

from domain import comment, post
from domain.bus import CommandBus
from domain.commit import Commit
from domain.errors import Refused
from domain.messages import Command, Envelope, Event, Receipt
from domain.moderation.appeal import AppealOverturned
from domain.moderation.case import JoinReport, LeaveReport, NoticeText
from domain.moderation.decision import Act, CaseDecided, DecisionTakenBack, RecordCarriedOut, RecordReversed
from domain.moderation.report import ReportFiled, ReportWithdrawn
from domain.moderation.standing import AddStrike, VoidMarks, Warn
from domain.moderation.targets import parse
from domain.rights import OPERATOR

MODERATOR, ADMIN = frozenset({"moderator"}), frozenset({"admin"})


class Follower:
    """What it sends has ids made from what it follows from, so that it may follow a commit again."""

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus

    def follow(self, commit: Commit, event: Event, now: str) -> None:
        match event:
            case ReportFiled(report=report, target=target, reporter=reporter, version=version):
                join = JoinReport(target=target, report=report, reporter=reporter, version=version, now=now)
                self._record(join, f"join:{report}", now)
            case ReportWithdrawn(report=report, target=target):
                self._record(LeaveReport(target=target, report=report, now=now), f"leave:{report}", now)
            case CaseDecided():
                self._carry_out(commit, event, now)
            case DecisionTakenBack(target=target, decision=decision):
                self._reverse(commit, target, decision, "", now)
            case AppealOverturned(target=target, decision=decision, appeal=appeal):
                self._reverse(commit, target, decision, appeal, now)
            case post.PostEdited():
                self._record(NoticeText(target=commit.stream, now=now), f"text:{commit.id}", now)

    def _record(self, command: Command, command_id: str, now: str) -> None:
        self._bus.send(command, Envelope(actor=OPERATOR, at=now, command_id=command_id))

    def _carry_out(self, commit: Commit, event: CaseDecided, now: str) -> None:
        acts: dict[Act, Command] = {
            "warn": Warn(handle=event.author, decision=event.decision, reason="r"),
            "strike": AddStrike(
                handle=event.author, decision=event.decision, points=event.points or 1,
                expires=event.strike_expires or now, reason="r",
            ),
            "remove": _removal(event.target),
        }  # fmt: skip
        done = tuple(
            act for act in event.acts
            if act in acts and self._does(acts[act], commit.actor, f"{event.decision}:{act}", now, MODERATOR | ADMIN)
        )  # fmt: skip
        skipped = tuple(act for act in event.acts if act not in done)
        record = RecordCarriedOut(target=event.target, decision=event.decision, done=done, skipped=skipped)
        self._record(record, f"{event.decision}:carried-out", now)

    def _reverse(self, commit: Commit, target: str, decision: str, appeal: str, now: str) -> None:
        case = self._bus.aggregates().case(target)
        if case.decisions[decision].reversed:
            return
        void = VoidMarks(handle=case.author, decision=decision)
        self._does(void, commit.actor, f"{decision}:void", now, ADMIN)
        if "remove" in case.decisions[decision].done:
            self._does(_restoring(target), commit.actor, f"{decision}:restore", now, ADMIN)
        done = case.decisions[decision].done
        record = RecordReversed(target=target, decision=decision, done=done, skipped=(), appeal=appeal)
        self._record(record, f"{decision}:reversed", now)

    def _does(self, command: Command, actor: str, command_id: str, now: str, roles: frozenset[str]) -> bool:
        sent = Envelope(actor=actor, at=now, command_id=command_id, decided_with=roles)
        receipt: Receipt | None = None
        with suppress(Refused):
            receipt = self._bus.send(command, sent)
        return receipt is not None and receipt.commit is not None


def _removal(target: str) -> Command:
    found = parse(target)
    if found.kind == "comment":
        return comment.RemoveComment(comment=found.id, reason="r")
    return post.RemovePost(post=found.id, reason="r")


def _restoring(target: str) -> Command:
    found = parse(target)
    if found.kind == "comment":
        return comment.RestoreComment(comment=found.id, reason="r")
    return post.RestorePost(post=found.id, reason="r")
