"""Handlers of the commands about reports, cases and appeals: what each rule has to know is loaded here."""

from typing import Any

from domain.aggregates import Aggregates
from domain.comment import Comment
from domain.errors import NotFound
from domain.ids import is_id
from domain.messages import Command, Decision
from domain.rights import Account
from domain.versions import Versions

from . import appeal, case, deciding, decision, erasing, report
from .targets import Facts, Seen, Target, parse, text_seen

_IDS = frozenset({"account", "appeal", "batch", "decision", "report", "reporter", "stranger"})
_OPTIONAL_IDS = frozenset({"appeal", "batch", "stranger"})
CASE_COMMANDS: tuple[type[Command], ...] = (*case.COMMANDS, *decision.COMMANDS)


def on_report(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    target = parse(command.target)
    _require_ids(command)
    reporter = report.reporter_of(command, by)
    _require_stranger(command, aggregates)
    state = aggregates.report(target.stream, reporter) if is_id(reporter) else report.Report()
    thing, seen, answered = None, None, False
    if isinstance(command, report.FileReport):
        thing = _facts(target, aggregates)
        seen = _seen(target, command.version, aggregates)
        answered = state.id in aggregates.case(target.stream).answered
    rules = _rules(command, aggregates)
    events = report.decide(state, command, by, thing, seen, rules=rules, answered=answered)
    key = thing.thread if thing else _key(target, aggregates)
    return Decision(
        stream=report.stream(target.stream, reporter), version=state.version, key=key, events=events
    )  # fmt: skip


def on_case(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    target = parse(command.target)
    _require_ids(command)
    state, thing = aggregates.case(target.stream), _facts(target, aggregates)
    author = aggregates.account(thing.author) if thing else Account()
    made = state.decisions.get(getattr(command, "decision", ""))
    decider = aggregates.account(made.by) if made else Account()
    rules = _rules(command, aggregates)
    events = deciding.decide(state, command, by, thing, author, decider, rules=rules)
    return Decision(
        stream=case.stream(target.stream),
        version=state.version,
        key=thing.thread if thing else target.id,
        events=events,
        text_version=state.changed_version if isinstance(command, decision.Decide) else None,
    )


def on_appeal(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    target = parse(command.target)
    _require_ids(command)
    account = appeal.account_of(command, by)
    state = aggregates.appeal(command.decision, account) if is_id(account) else appeal.Appeal()
    events = appeal.decide(state, command, by, aggregates.case(target.stream))
    stream = appeal.stream(command.decision, account)
    return Decision(stream=stream, version=state.version, key=_key(target, aggregates), events=events)


def on_erasing(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    target = parse(command.target)
    _require_ids(command)
    of = aggregates.case(target.stream)
    if isinstance(command, erasing.EraseAppealWords):
        lodged = aggregates.appeal(command.decision, command.account)
        events = erasing.decide(lodged, command, by, lodged.account, Versions())
        stream, version = appeal.stream(command.decision, command.account), lodged.version
    else:
        events = erasing.decide(of, command, by, of.author, of.edits)
        stream, version = case.stream(target.stream), of.version
    return Decision(stream=stream, version=version, key=_key(target, aggregates), events=events)


def _require_ids(command: Command) -> None:
    """What is sealed is nobody's to type. Raises NotFound for what can't be an id."""
    for name in _IDS.intersection(command.__struct_fields__):
        given = getattr(command, name)
        if not is_id(given) and (given or name not in _OPTIONAL_IDS):
            raise NotFound("There is no such thing.")


def _require_stranger(command: Command, aggregates: Aggregates) -> None:
    """Who files without an account does so in nobody's name."""
    stranger = getattr(command, "stranger", "")
    if stranger and aggregates.account(stranger).exists:
        raise NotFound("There is no such thing.")


def _facts(target: Target, aggregates: Aggregates) -> Facts | None:
    """How a target stands; None where there is none."""
    if target.kind == "account":
        return _account_facts(aggregates.account(target.id))
    thing = aggregates.writing(target.stream)
    if not thing.exists:
        return None
    thread = aggregates.post(thing.post) if isinstance(thing, Comment) else thing
    return Facts(
        author=thing.author, thread=_thread(thing) or target.id, version=thing.version,
        text_version=thing.text_version, open=not thing.removed and not thread.removed,
    )  # fmt: skip


def _account_facts(account: Account) -> Facts | None:
    if not account.exists:
        return None
    return Facts(
        author=account.id, thread=account.id, version=account.version, text_version=account.words_version,
        open=account.leaving is None and not account.closed,
    )  # fmt: skip


def _thread(thing: Any) -> str:
    return thing.post if isinstance(thing, Comment) else ""


def _key(target: Target, aggregates: Aggregates) -> str:
    found = _facts(target, aggregates)
    return found.thread if found else target.id


def _seen(target: Target, version: int, aggregates: Aggregates) -> Seen | None:
    return text_seen(aggregates.stored(target.stream), version)


def _rules(_command: Any, _aggregates: Aggregates) -> int:
    """How many rules the version that a command names has."""
    return 0
