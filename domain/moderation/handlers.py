"""Handlers of the commands about reports, cases and appeals: what each rule has to know is loaded here."""

from typing import Any

from domain.aggregates import Aggregates
from domain.comment import Comment
from domain.ids import is_id
from domain.messages import Command, Decision
from domain.rights import Account

from . import appeal, case, deciding, decision, report
from .targets import Facts, Seen, Target, parse, text_seen

CASE_COMMANDS: tuple[type[Command], ...] = (*case.COMMANDS, *decision.COMMANDS)


def on_report(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    target = parse(command.target)
    reporter = report.reporter_of(command, by)
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
    account = appeal.account_of(command, by)
    known = is_id(command.decision) and is_id(account)
    state = aggregates.appeal(command.decision, account) if known else appeal.Appeal()
    events = appeal.decide(state, command, by, aggregates.case(target.stream))
    stream = appeal.stream(command.decision, account)
    return Decision(stream=stream, version=state.version, key=_key(target, aggregates), events=events)


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
    if not account.exists or account.closed:
        return None
    return Facts(
        author=account.id, thread=account.id, version=account.version, text_version=account.words_version,
        open=account.leaving is None,
    )  # fmt: skip


def _thread(thing: Any) -> str:
    return thing.post if isinstance(thing, Comment) else ""


def _key(target: Target, aggregates: Aggregates) -> str:
    found = _facts(target, aggregates)
    return found.thread if found else target.id


def _seen(target: Target, version: int, aggregates: Aggregates) -> Seen | None:
    return text_seen(aggregates.stored(target.stream), version)


def _rules(command: Any, aggregates: Aggregates) -> int:
    """How many rules the version that a command names had."""
    version = getattr(command, "rules_version", 0)
    return aggregates.site().rule_counts.get(version, 0) if version else 0
