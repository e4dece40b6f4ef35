"""A person's commits, and what others decided about them, out of their streams."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from domain.commit import Commit, position_of
from domain.ports import EventStore
from eventstore.codec import EventCodec

from . import sources, withheld
from .output import COMMITS, DECISIONS, Output
from .ownership import is_by, shown_names
from .sources import StreamCommits

_CODEC = EventCodec()


def add_own(out: Output, store: EventStore, read: Connection, names: Iterable[str], person: str) -> None:
    """Adds the streams of this person: their own commits as an export has them, and everybody else's as decisions, but
    for notes that moderators keep."""
    decided: list[Commit] = []
    for one in sources.streams(store, names):
        for commit in _readable(out, one):
            if is_by(commit, person):
                out.line(COMMITS, withheld.own_commit(commit))
            elif not withheld.is_staff_only(commit):
                decided.append(commit)
    _add_decisions(out, read, decided)


def add_acts(out: Output, store: EventStore, versions: Iterable[tuple[str, int]], person: str) -> None:
    """Adds what this person did in streams of others: the commits of these versions."""
    wanted = set(versions)
    for one in sources.streams(store, sorted({stream for stream, _ in wanted})):
        for commit in _readable(out, one, {version for stream, version in wanted if stream == one.stream}):
            if is_by(commit, person):
                out.act_on_others(commit)


def _readable(out: Output, one: StreamCommits, versions: set[int] | None = None) -> Iterable[Commit]:
    """The commits that can be read here, of those that hold these versions; each other one is listed."""
    expected = 1
    for commit in one.commits:
        if commit.first != expected and versions is None:
            out.unreadable(one.stream, expected, "It is missing in the event store.")
        expected = commit.last + 1
        if versions is not None and versions.isdisjoint(range(commit.first, commit.last + 1)):
            continue
        if faults := list(_CODEC.faults(commit)):
            out.unreadable(one.stream, commit.first, faults[0])
        else:
            yield commit


def _add_decisions(out: Output, read: Connection, commits: Sequence[Commit]) -> None:
    """With whoever decided, by what they are called today."""
    names = shown_names(read, (commit.actor for commit in commits)) if commits else {}
    for commit in commits:
        line = {
            "at": commit.at,
            "by": names[commit.actor],
            "about": commit.stream,
            "version": commit.first,
            "position": position_of(commit),
            "reason": withheld.reason(commit),
            "events": withheld.decision(commit),
        }
        out.line(DECISIONS, line)
