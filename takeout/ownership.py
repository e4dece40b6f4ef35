"""Whose a commit is, and by which name people are shown: nowhere else does a takeout know how accounts are named."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from domain import account, webhook
from domain.commit import Commit
from domain.handle import FormerHandleErased
from domain.rights import OPERATOR
from readmodel.handles import handles_of

OPERATOR_NAME = "the operator"


def is_by(commit: Commit, person: str) -> bool:
    """Whether this person made it. person: the id of their account."""
    return commit.actor == person


def holders_of(streams: Mapping[str, Sequence[Commit]], erasing: Collection[tuple[str, int]]) -> set[str] | None:
    """Whose takeouts may have words of these streams that are erased now: whoever began one, and who wrote them.

    erasing: stream and version of the events that say so. None for everybody: others' takeouts may have a handle that
    somebody else set free. Those that whoever had it sets free aren't looked for: else they could keep all takeouts
    from ever being done.
    """
    found: set[str] = set()
    for commits in streams.values():
        for commit in commits:
            owner = commits[0].actor
            if any(event.erased for event in commit.events):
                found |= {owner, commit.actor}
            for version, event in enumerate(commit.events, commit.first):
                freed = event.type == FormerHandleErased.type and commit.actor != owner
                if freed and (commit.stream, version) in erasing:
                    return None
    return found


def shown_names(connection: Connection, accounts: Iterable[str]) -> Mapping[str, str]:
    """Account id → its name today, looked up for all of them at once; a placeholder for one without a handle."""
    return {**handles_of(connection, accounts), OPERATOR: OPERATOR_NAME}


def private_streams(person: str) -> tuple[str, ...]:
    """The streams that somebody has by their account alone."""
    return account.stream(person), webhook.stream(person)
