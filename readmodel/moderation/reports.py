"""Reports: a row for each that was filed. What became of one is known by its case."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Table

from domain.moderation.report import ReportFiled, ReportWithdrawn
from readmodel.engine.changes import Changes
from readmodel.engine.model import Owned, ReadModel
from readmodel.engine.schema import Moment, key, metadata

from .quarters import quarter_of
from .words import STREAM_CHARS

reports = Table(
    "reports",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("stream", key(STREAM_CHARS), nullable=False),
    Column("filed_version", Integer, nullable=False),
    Column("target", key(48), nullable=False),
    Column("seen_version", Integer, nullable=False),
    Column("category", key(8), nullable=False),
    Column("rule", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("reporter", key(40), nullable=False),
    Column("stranger", Boolean, nullable=False),
    Column("filed_at", Moment(), nullable=False),
    Column("withdrawn_at", Moment()),
    Column("quarter", key(7), nullable=False),
    Index("reports_of_quarter", "quarter", "category"),
    Index("reports_of_reporter", "reporter", "filed_at", "id"),
    Index("reports_of_stream", "stream"),
)
"""filed_version: of the report's own stream; seen_version: of the target, as the reporter saw it."""


def _filed(changes: Changes, fact: Any) -> None:
    event: ReportFiled = fact.event
    changes.insert(
        reports, id=event.report, stream=fact.stream, filed_version=fact.version, target=event.target,
        seen_version=event.version, category=event.category, rule=event.rule, rules_version=event.rules_version,
        reporter=event.reporter, stranger=event.stranger, filed_at=fact.at, withdrawn_at=None,
        quarter=quarter_of(fact.at),
    )  # fmt: skip


def _withdrawn(changes: Changes, fact: Any) -> None:
    changes.update(reports, (fact.event.report,), withdrawn_at=fact.at)


def _owned(stream: str) -> Iterable[Owned]:
    if stream.startswith("report-"):
        yield reports, reports.c.stream == stream


MODEL = ReadModel(tables=(reports,), folds={ReportFiled: _filed, ReportWithdrawn: _withdrawn}, answers={}, owned=_owned)
