"""The registry of read models, one line each: it finds the folds of an event, and the answer of a query."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from domain.messages import Event
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, Fold, ReadModel, Row
from readmodel.engine.queries import LikeableQuery, Query

from . import (
    accounts,
    comments,
    feed,
    handles,
    history,
    inbox,
    likes,
    newest,
    notifications,
    own_likes,
    people,
    posts,
    search,
    search_index,
    tags,
    threads,
    tokens,
    unread_counts,
    webhooks,
)
from .bulk_removals import answers as bulk_answers
from .bulk_removals import batches, preview
from .moderation import (
    appeal_answers,
    appeals,
    case_counts,
    case_details,
    case_queue,
    cases,
    decisions,
    files,
    log,
    log_pages,
    notices,
    report_answers,
    reports,
    staff,
    standing,
    statements,
    transparency,
    words,
)
from .site import newcomers
from .site import rules as site_rules

READ_MODELS: tuple[ReadModel, ...] = (
    people.MODEL,
    accounts.MODEL,
    handles.MODEL,
    search_index.MODEL,
    notifications.MODEL,
    likes.MODEL,
    comments.MODEL,
    threads.MODEL,
    posts.MODEL,
    feed.MODEL,
    tags.MODEL,
    history.MODEL,
    log.MODEL,
    tokens.MODEL,
    webhooks.MODEL,
    site_rules.MODEL,
    newcomers.MODEL,
    batches.MODEL,
    bulk_answers.MODEL,
    preview.MODEL,
    search.MODEL,
    newest.MODEL,
    inbox.MODEL,
    unread_counts.MODEL,
    log_pages.MODEL,
    words.MODEL,
    reports.MODEL,
    cases.MODEL,
    notices.MODEL,
    decisions.MODEL,
    appeals.MODEL,
    standing.MODEL,
    report_answers.MODEL,
    case_queue.MODEL,
    case_counts.MODEL,
    case_details.MODEL,
    statements.MODEL,
    appeal_answers.MODEL,
    files.MODEL,
    transparency.MODEL,
    staff.MODEL,
)
"""People, indexing and notifications come before accounts, posts and comments: they ask for the words that those are
about to change. So do notices, before decisions.

Their `after` runs in this order: likes and comments count, posts repeats the counts, tags prunes what came to 0.
"""

Answer = Callable[[Connection, Any], Any]
Reads = Callable[[Fact], Iterable[Row]]


def answers_of(models: Sequence[ReadModel]) -> dict[type[Query], Answer]:
    """Query type → the one function that answers it. Raises for a query with two."""
    table: dict[type[Query], Answer] = {}
    for model in models:
        for query, function in model.answers.items():
            if query in table:
                raise ValueError(f"{query.__name__} has two answers: {_named(table[query])} and {_named(function)}")
            table[query] = function
    return table


def folds_of(models: Sequence[ReadModel]) -> dict[type[Event], list[tuple[Fold, Reads]]]:
    """Event type → its folds in the order of the models, each with the function that names the rows it reads."""
    table: dict[type[Event], list[tuple[Fold, Reads]]] = {}
    for model in models:
        for event, fold in model.folds.items():
            table.setdefault(event, []).append((fold, model.reads))
    return table


_ANSWERS: Mapping[type[Query], Answer] = answers_of(READ_MODELS)
_FOLDS: Mapping[type[Event], Sequence[tuple[Fold, Reads]]] = folds_of(READ_MODELS)


def fingerprint_of(models: Sequence[ReadModel]) -> str:
    """A hex sha256 of the models' definitions: tables with columns, events, versions."""
    parts = [
        (
            sorted((table.name, sorted(table.columns.keys())) for table in model.tables),
            sorted(event.__name__ for event in model.folds),
            model.version,
        )
        for model in models
    ]
    return hashlib.sha256(repr(sorted(parts)).encode()).hexdigest()


@cache
def fingerprint() -> str:
    """The fingerprint of this code's read models. A generation with another was filled for others, and lacks rows."""
    return fingerprint_of(READ_MODELS)


def answer(connection: Connection, query: Query) -> Any:
    """Answers a query from the read model; the query's docstring says of which type (see queries).

    Raises domain.errors.Invalid for a broken page key, limit, sort or filter.
    """
    return answer_by(answer_for_strangers, connection, query)


def answer_by(for_strangers: Answer, connection: Connection, query: Query) -> Any:
    """The same, where for_strangers gives the answer in which nobody's own likes are marked."""
    if isinstance(query, LikeableQuery) and query.viewer is not None:
        found = for_strangers(connection, replace(query, viewer=None))
        return own_likes.marked(connection, handles.account_of(connection, query.viewer), found)
    return for_strangers(connection, query)


def answer_for_strangers(connection: Connection, query: Query) -> Any:
    """The answer as it is where nobody's own likes are marked: it depends on the read model and the query alone."""
    function = _ANSWERS.get(type(query))
    if function is None:
        raise TypeError(f"nothing answers {type(query).__name__}")
    return handles.with_handles(connection, function(connection, handles.by_ids(connection, query)))


def apply(connection: Connection, facts: Sequence[Fact]) -> None:
    """Folds facts into every read model, in the caller's transaction: about 1,000 at a time are fastest.

    Each fact comes once and after the earlier ones of its stream; streams may come in any order among
    themselves. What a fold raises passes through, and the caller rolls back.
    """
    changes = Changes()
    changes.load(connection, (row for fact in facts for _, reads in _folds_of(fact) for row in reads(fact)))
    for fact in facts:
        for fold, _ in _folds_of(fact):
            fold(changes, fact)
    changes.write(connection)
    for model in READ_MODELS:
        model.after(connection, changes)


def _folds_of(fact: Fact) -> Sequence[tuple[Fold, Reads]]:
    return _FOLDS.get(type(fact.event), ())


def _named(function: Answer) -> str:
    return f"{function.__module__}.{getattr(function, '__name__', repr(function))}"
