"""The demo's moderation: reports, a claim, a note, a decision and an appeal, as `[[cases]]` of demo.toml has them.

Reports are joined to their cases here and now, as moderation.follower does once more behind it: the ids of
its commands are these.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from domain import ids
from domain.messages import Command
from domain.moderation.appeal import Lodge
from domain.moderation.case import AddNote, Claim, JoinReport
from domain.moderation.decision import Decide
from domain.moderation.report import FileReport
from domain.rights import OPERATOR
from domain.site import stream as site_stream

from .demo_script import Step, Things

_JOINED_AFTER = timedelta(seconds=1)


def steps(case: dict[str, Any], now: datetime) -> Iterator[Step]:
    """The commands about one case, each with its time."""
    on = case["on"]
    for report in case["reports"]:
        yield from _report(on, report, now)
    if claim := case.get("claim"):
        yield _step(on, "claim", claim, now, lambda target, at, _: Claim(target=target, now=at))
    if note := case.get("note"):
        yield _step(on, "note", note, now, lambda target, at, _: AddNote(target=target, text=note["text"], now=at))
    if decided := case.get("decide"):
        yield _step(on, "decide", decided, now, lambda target, at, _: _decision(on, target, at, decided))
    if appeal := case.get("appeal"):
        yield _step(on, "appeal", appeal, now, lambda target, at, _: _appeal(on, target, at, appeal))


def _report(on: str, report: dict[str, Any], now: datetime) -> Iterator[Step]:
    name, at = f"report-{report['by']}", now - timedelta(minutes=report["ago"])
    id = _fixed_id(f"{on} {name}")

    def filed(target: str, moment: str, things: Things) -> Command:
        return FileReport(
            report=id, target=target, version=things.versions[target], category=report["category"],
            rule=report.get("rule", 0), rules_version=things.versions[site_stream()] if "rule" in report else 0,
            text=report["text"], now=moment,
        )  # fmt: skip

    def joined(things: Things) -> Command:
        target, reporter = _target(things, on), things.ids[f"register-{report['by']}"]
        version = things.versions[target]
        return JoinReport(
            target=target, report=id, reporter=reporter, version=version, now=ids.to_iso_utc(at + _JOINED_AFTER)
        )

    yield _step(on, name, report, now, filed)
    yield Step(at + _JOINED_AFTER, f"{on}-join-{report['by']}", OPERATOR, joined, command_id=f"join:{id}")


def _step(
    on: str, name: str, deed: dict[str, Any], now: datetime, build: Callable[[str, str, Things], Command]
) -> Step:
    at = now - timedelta(minutes=deed["ago"])
    return Step(
        at, f"{on}-{name}", deed["by"], lambda things: build(_target(things, on), ids.to_iso_utc(at), things)
    )  # fmt: skip


def _decision(on: str, target: str, at: str, decided: dict[str, Any]) -> Command:
    return Decide(
        target=target, decision=_fixed_id(on), acts=tuple(decided["acts"]), reason=decided["reason"], now=at
    )  # fmt: skip


def _appeal(on: str, target: str, at: str, appeal: dict[str, Any]) -> Command:
    return Lodge(
        appeal=_fixed_id(f"{on} appeal"), target=target, decision=_fixed_id(on), text=appeal["text"], now=at
    )  # fmt: skip


def _target(things: Things, on: str) -> str:
    """The stream of a post, or of a comment: those have the key of their post in theirs."""
    id = things.ids[on]
    return f"post-{id}" if on in things.posts else f"comment-{id}"


def _fixed_id(name: str) -> str:
    """The same whenever the demo is filled, so that a repeat is found."""
    return ids.uuid7(0, hashlib.sha256(f"demo {name}".encode()).digest()[:10])
