"""The rules of cases: who may claim one, and what may be decided about it."""

from typing import NamedTuple

from domain import text
from domain.errors import Claimed, Conflict, Forbidden, Invalid, NotFound, Sentence, Stale
from domain.messages import Command, Event
from domain.rights import Account, require_active, require_moderator, require_power_over

from . import case as messages
from . import decision as decisions
from . import following, standing, terms
from .case import AddNote, Claim, Escalate, OpenCase, Release
from .case_state import Case, renewed, require_claim
from .decision import ACTS, AGAINST, Act, CaseDecided, Decide, TakeBackDecision, in_order
from .targets import Facts, parse


def decide(
    case: Case, command: Command, by: Account, thing: Facts | None, author: Account, decider: Account, *, rules: int
) -> list[Event]:
    """thing: how the target stands. author: its writer, or the account that it is. decider: of the decision that the
    command names. rules: how many rules the version named has."""
    if isinstance(command, following.COMMANDS):
        return following.decide(case, command, by, thing)
    require_active(by)
    require_moderator(by)
    if isinstance(command, OpenCase):
        return _open(case, command, by, thing)
    if not case.exists:
        raise NotFound("There is no such case.")
    match command:
        case Claim():
            return [*following.noticed(case, thing), *_claim(case, command, by)]
        case Release():
            live = case.live_claim(command.now)
            return [messages.CaseReleased(target=case.target)] if live and live.by == by.id else []
        case Escalate():
            require_claim(case, by.id, command.now)
            return [messages.CaseEscalated(target=case.target, reason=text.required_reason(command.reason))]
        case AddNote():
            return _note(case, command, by)
        case Decide():
            return _decide(case, command, by, thing, author, rules=rules)
        case TakeBackDecision():
            return _take_back(case, command, by, decider)
    raise TypeError(f"{type(command).__name__} is no command of a case")


def _open(case: Case, command: OpenCase, by: Account, thing: Facts | None) -> list[Event]:
    if thing is None:
        raise NotFound("There is no such thing.")
    if thing.author == by.id:
        raise Invalid({"target": Sentence("This is your own: another moderator has to look at it.")})
    if case.exists and not case.decided:
        raise Conflict("There is an open case about this already.")
    claimed = messages.CaseClaimed(target=command.target, claimed_until=renewed(command.now))
    if not case.exists:
        return [following.opened(command, thing), claimed]
    return [messages.CaseReopened(target=case.target, text_version=thing.text_version), claimed]


def _claim(case: Case, command: Claim, by: Account) -> list[Event]:
    _require_may_judge(case, by)
    if case.decided:
        raise Conflict("This case is decided. Open it again first.")
    live, taken_from = case.live_claim(command.now), ""
    if live and live.by != by.id:
        if not (by.is_admin and command.take_over):
            raise Claimed(live.by, live.until)
        taken_from = live.by
    return [messages.CaseClaimed(target=case.target, claimed_until=renewed(command.now), taken_from=taken_from)]


def _require_not_own(case: Case, by: Account) -> None:
    if case.author == by.id:
        raise Forbidden("This case is about what is yours: another moderator decides it.")


def _require_may_judge(case: Case, by: Account) -> None:
    _require_not_own(case, by)
    if case.escalated and not by.is_admin:
        raise Forbidden("This case waits for an admin.")


def _note(case: Case, command: AddNote, by: Account) -> list[Event]:
    _require_not_own(case, by)
    words = text.required_block("text", command.text, text.MAX_NOTE_CHARS)
    return [messages.NoteAdded(target=case.target, text=words, claimed_until=_renewed(case, by, command.now))]


def _renewed(case: Case, by: Account, now: str) -> str:
    """To when an act renews its sender's claim; "" where they have none."""
    live = case.live_claim(now)
    return renewed(now) if live and live.by == by.id else ""


def _decide(
    case: Case, command: Decide, by: Account, thing: Facts | None, author: Account, *, rules: int
) -> list[Event]:  # fmt: skip
    _require_may_judge(case, by)
    require_claim(case, by.id, command.now)
    if thing is None:
        raise NotFound("There is no such thing.")
    acts = _chosen(case, command)
    if acts == ("escalate",):
        return [messages.CaseEscalated(target=case.target, reason=text.required_reason(command.reason))]
    if AGAINST.intersection(acts):
        require_power_over(author, by)
    if thing.text_version > case.text_version:
        raise Stale(case.version, Sentence("The text changed since. Look at it again: nothing was decided."))
    if command.decision in case.decisions:
        raise Conflict("This was decided before.")
    return [_decided(case, command, acts, rules=rules)]


def _chosen(case: Case, command: Decide) -> tuple[Act, ...]:
    acts = in_order(command.acts)
    known = len(acts) == len(set(command.acts)) and acts
    alone = len(acts) == 1 or not {"none", "escalate"}.intersection(acts)
    if not known or not alone:
        raise Invalid({"acts": Sentence("Choose what is to be done: %(acts)s.", acts=", ".join(ACTS))})
    if not acts_allowed(parse(case.target).kind).issuperset(acts):
        raise Invalid({"acts": Sentence("That can't be done to what this case is about.")})
    return acts


def _decided(case: Case, command: Decide, acts: tuple[Act, ...], *, rules: int) -> CaseDecided:
    said = checked(command, acts, rules)
    strikes = "strike" in acts
    title, body = _edited(case, command) if "edit" in acts else ("", "")
    return CaseDecided(
        target=case.target, decision=command.decision, author=case.author, acts=acts, reason=said.reason,
        note=said.note, title=title, body=body, rule=command.rule,
        rules_version=command.rules_version if command.rule else 0, until=said.until,
        points=command.points if strikes else 0,
        strike_expires=terms.later(command.now, standing.STRIKE_TERM) if strikes else "",
        text_version=case.text_version, reports=tuple(case.reports),
        basis="report" if case.reports else "initiative", automated=command.automated, batch=command.batch,
        decided_at=command.now, appeal_until=terms.later(command.now, decisions.APPEAL_TERM),
    )  # fmt: skip


class Said(NamedTuple):
    """until: when a suspension ends; "" without one, and where only a reinstatement ends it."""

    reason: str
    note: str
    until: str


def checked(command: Decide, acts: tuple[Act, ...], rules: int | None) -> Said:
    """What a decision says, as it is stored. rules: as decide has it, None where nobody looks. Raises Invalid."""
    fields = text.Fields()
    reason = fields.line("reason", command.reason, text.MAX_REASON_CHARS)
    if AGAINST.intersection(acts):
        fields.required("reason", reason)
    note = fields.block("note", command.note, text.MAX_NOTE_CHARS)
    if "note" in acts:
        fields.required("note", note)
    if rules is not None and not 0 <= command.rule <= rules:
        fields.refuse("rule", Sentence("Choose one of the site's rules."))
    if "strike" in acts:
        standing.check_points(fields, command.points)
    fields.raise_faults()
    ends = "suspend" in acts and command.until
    return Said(reason, note, terms.term_end("until", command.until, command.now) if ends else "")


def _edited(case: Case, command: Decide) -> tuple[str, str]:
    """The text that an edit puts there, as it is stored."""
    if parse(case.target).kind == "comment":
        return "", text.comment_body(command.body)
    title, body, _ = text.post_texts(text.Fields(), command.title, command.body, "", title_alone=True)
    return title, body


def _take_back(case: Case, command: TakeBackDecision, by: Account, decider: Account) -> list[Event]:
    found = case.decisions.get(command.decision)
    if found is None:
        raise NotFound("There is no such decision.")
    if case.author == by.id:
        raise Forbidden("This decision is about what is yours: another moderator may take it back.")
    if found.by != by.id:
        require_power_over(decider, by)
    reason = text.required_reason(command.reason)
    if found.taken_back or found.reversed:
        raise Conflict("This decision has been taken back already.")
    until = _renewed(case, by, command.now)
    return [
        decisions.DecisionTakenBack(
            target=case.target, decision=command.decision, reason=reason, claimed_until=until
        )
    ]  # fmt: skip


def acts_allowed(kind: str) -> frozenset[Act]:
    """What may be decided about such a target."""
    common: frozenset[Act] = frozenset({"none", "note", "warn", "strike", "suspend", "escalate"})
    of_texts: frozenset[Act] = frozenset({"edit", "remove"})
    match kind:
        case "post":
            return common | of_texts | {"lock"}
        case "comment":
            return common | of_texts
    return common
