"""What a store says, person by person and text by text, in words that don't depend on how it names people.

Runs on the code of before (commit 2364757), which made folded.json, and on today's.
"""

from collections import defaultdict
from typing import Any

import msgspec

Json = dict[str, Any]
NAMES = ("account", "author", "handle")
"""Fields of events that name a person."""
UNTOLD = frozenset({*NAMES, "skeletons", "account_version", "batch", "former_until", "until"})
"""They differ between the two formats."""
HOOK = ("url", "kinds", "description", "paused", "rotation", "old_until")


def folded(store: Any, aggregates: Any, codec: Any) -> Json:
    """Everything that the store holds, as JSON. aggregates: a look at it."""
    commits = store.read(0, 1_000_000)
    handles = {one.stream.partition("-")[2]: _handle(aggregates, one) for one in commits if _registers(one)}
    story: dict[str, list[Json]] = defaultdict(list)
    for commit in commits:
        who = handles.get(commit.actor, _stranger(commit.actor))
        for stored in commit.events:
            event = codec.decode(stored, commit)
            if event.type != "HandleClaimed":
                told = _told(commit, event, who) | ({"reason": "(erased)"} if stored.erased else {})
                story[_subject(commit, event, who, handles)].append(told)
    people = {handle: _person(aggregates, account) for account, handle in handles.items()}
    return {"people": people, "story": dict(story), "order": [[one.id, one.position, one.at] for one in commits]}


def _registers(commit: Any) -> bool:
    return commit.stream.startswith("account-") and commit.first == 1


def _handle(aggregates: Any, commit: Any) -> str:
    return str(aggregates.account(commit.stream.partition("-")[2]).handle)


def _stranger(actor: str) -> str:
    """Who never registered has no name once they have an id."""
    return actor if actor == "verbatim" else "a stranger"


def _subject(commit: Any, event: Any, who: str, handles: dict[str, str]) -> str:
    kind, _, rest = commit.stream.partition("-")
    if kind == "like":
        return f"like {event.target} {who}"
    return f"{kind} {handles.get(rest, rest)}"


def _told(commit: Any, event: Any, who: str) -> Json:
    fields = {name: value for name, value in msgspec.to_builtins(event).items() if name not in UNTOLD}
    reason = fields.pop("reason", None) or getattr(commit, "reason", None) or ""
    erased = fields.pop("erased", None)
    return {
        "type": event.type, "by": who, "at": commit.at, "reason": reason, "position": commit.position,
        "erased": None if erased is None else len(erased), **dict(sorted(fields.items())),
    }  # fmt: skip


def _person(aggregates: Any, account: str) -> Json:
    """What decisions know of them, and of their webhooks."""
    found, webhooks = aggregates.account(account), aggregates.webhooks(account)
    hooks = {id: {name: getattr(one, name) for name in HOOK} for id, one in webhooks.own.items()}
    return {
        "name": found.name, "bio": found.bio, "password_hash": found.password_hash, "roles": sorted(found.roles),
        "suspended": _is_suspended(found), "webhooks": hooks, "made_by": dict(webhooks.made_by),
        "ended": {id: webhooks.ended_with_password(id, found) for id in webhooks.own},
    }  # fmt: skip


def _is_suspended(found: Any) -> bool:
    return bool(found.suspended if hasattr(found, "suspended") else found.suspension)
