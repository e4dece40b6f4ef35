"""Statements of reasons: decisions as those may read them whom they concern."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, literal_column, select, true

from domain.moderation import case
from readmodel.engine import bulk
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import descending, fetch_page, is_moment, is_subject
from readmodel.engine.views import Page

from .appeals import OVERTURNED, appeals
from .case_tables import decisions
from .queries import DecisionById, DecisionsAbout, DecisionsOfBatch, DecisionState, Statement
from .targets import texts_brought
from .words import NO_WORDS, Words, words_at

MAX_OF_BATCH = 1_000
_BY_ID = select(decisions).where(decisions.c.id == bindparam("id"))
_OF_BATCH = (
    select(decisions)
    .where(decisions.c.batch == bindparam("batch"))
    .order_by(decisions.c.decided_at, decisions.c.id)
    .limit(MAX_OF_BATCH)
)
_ABOUT = descending(
    select(decisions).where(decisions.c.author == bindparam("author"), decisions.c.told == true()),
    decisions.c.decided_at,
    decisions.c.id,
    ("decided_at", "id"),
    (is_moment, is_subject),
)
_OVERTURNED = select(appeals.c.decision).where(
    appeals.c.decision.in_(bindparam("values", expanding=True)), appeals.c.outcome == literal_column(f"'{OVERTURNED}'")
)


def decision_by_id(connection: Connection, query: DecisionById) -> Statement | None:
    rows = connection.execute(_BY_ID, {"id": query.decision}).all()
    return next(iter(statements(connection, rows)), None)


def decisions_of_batch(connection: Connection, query: DecisionsOfBatch) -> list[Statement]:
    rows = connection.execute(_OF_BATCH, {"batch": query.batch}).all() if query.batch else []
    return statements(connection, rows)


def decisions_about(connection: Connection, query: DecisionsAbout) -> Page[Statement]:
    rows, next = fetch_page(connection, _ABOUT, query.after, query.limit, {"author": query.account})
    return Page(items=statements(connection, rows), next=next)


def statements(connection: Connection, rows: Sequence[Row[Any]]) -> list[Statement]:
    """The rows of decisions as people read them, with texts and words looked up for all of them."""
    overturned = {id for (id,) in bulk.select_in(connection, _OVERTURNED, [row.id for row in rows])}
    places = [(case.stream(row.target), version) for row in rows for version in _versions(row)]
    words = words_at(connection, places)
    seen = texts_brought(connection, [(row.target, row.text_version) for row in rows])
    found = []
    for row in rows:
        stream = case.stream(row.target)
        made = words.get((stream, row.made_version), NO_WORDS)
        back = words.get((stream, row.taken_back_version or 0), NO_WORDS)
        state = _state(row, row.id in overturned)
        found.append(_statement(row, made, back, state, seen.get((row.target, row.text_version))))
    return found


def _versions(row: Row[Any]) -> list[int]:
    return [version for version in (row.made_version, row.taken_back_version) if version is not None]


def _state(row: Row[Any], overturned: bool) -> DecisionState:
    if overturned or row.appeal:
        return "overturned"
    if row.taken_back_version is not None or row.reversed:
        return "taken back"
    return "carried out" if row.carried_out else "being carried out"


def _statement(row: Row[Any], made: Words, back: Words, state: DecisionState, seen: Any) -> Statement:
    return Statement(
        id=row.id, target=row.target, author=row.author, decided_by=row.decided_by, acts=tuple(row.acts.split()),
        reason=made.reason, note=made.said, rule=row.rule, rules_version=row.rules_version, until=row.until,
        points=row.points, strike_expires=row.strike_expires, basis=row.basis, automated=row.automated,
        batch=row.batch, at=row.decided_at, appeal_until=row.appeal_until, state=state,
        done=tuple(row.done.split()), skipped=tuple(row.skipped.split()), looked_at=seen,
        taken_back_reason=back.reason,
    )  # fmt: skip


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={
        DecisionById: decision_by_id,
        DecisionsAbout: decisions_about,
        DecisionsOfBatch: decisions_of_batch,
    },
)
