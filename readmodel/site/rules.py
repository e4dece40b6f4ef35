"""The site's rules, each version of them whole: decisions cite a rule by its number and a version."""

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from sqlalchemy import Boolean, Column, Connection, Integer, Table, bindparam, select, true

from domain import site
from domain.site.rules import MAX_RULE_TITLE_CHARS, Rule, RulesPublished
from readmodel.engine.changes import Changes
from readmodel.engine.model import Owned, ReadModel
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import Query
from readmodel.engine.schema import Moment, block, key, line, metadata
from readmodel.engine.views import View

MAX_VERSIONS_LISTED = 1_000
MAX_VERSION = 2**31 - 1

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("published_at", Moment(), nullable=False),
    Column("published_by", key(40), nullable=False),
    Column("erased", Boolean, nullable=False),
)
rules = Table(
    "rules",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", line(MAX_RULE_TITLE_CHARS), nullable=False),
    Column("text", block(), nullable=False),
)


class SiteRules(Query, frozen=True, kw_only=True):
    """RulesView of a version, by default of the newest; None where that never was."""

    version: int | None = None


class RulesHistory(Query, frozen=True, kw_only=True):
    """list[RulesView], newest first; before: only versions before this one."""

    before: int | None = None
    limit: int = 20


class RulesView(View, frozen=True, kw_only=True):
    """Rules as one version published them. versions: all that there are, newest first; the first one is in force.

    erased: their words are gone from the store.
    """

    people: ClassVar[tuple[str, ...]] = ("published_by",)
    version: int
    published_at: str
    published_by: str
    rules: tuple[Rule, ...]
    erased: bool
    versions: tuple[int, ...] = ()


def _published(changes: Changes, fact: Any) -> None:
    event: RulesPublished = fact.event
    changes.insert(
        rule_versions, version=fact.version, published_at=fact.at, published_by=fact.actor, erased=fact.erased
    )
    for number, rule in enumerate(event.rules or (), 1):
        changes.insert(rules, version=fact.version, number=number, title=rule.title, text=rule.text)


_VERSIONS = select(rule_versions.c.version).order_by(rule_versions.c.version.desc()).limit(MAX_VERSIONS_LISTED)
_VERSION = select(rule_versions).where(rule_versions.c.version == bindparam("version"))
_BEFORE = (
    select(rule_versions).where(rule_versions.c.version < bindparam("before")).order_by(rule_versions.c.version.desc())
)
_RULES = (
    select(rules)
    .where(rules.c.version.in_(bindparam("versions", expanding=True)))
    .order_by(rules.c.version, rules.c.number)
)


def site_rules(connection: Connection, query: SiteRules) -> RulesView | None:
    versions = tuple(connection.execute(_VERSIONS).scalars())
    wanted = query.version if query.version is not None else next(iter(versions), 0)
    found = _views(connection, connection.execute(_VERSION, {"version": wanted}).all())
    return msgspec.structs.replace(found[0], versions=versions) if found else None


def rules_history(connection: Connection, query: RulesHistory) -> list[RulesView]:
    limit = checked_limit(query.limit)
    before = MAX_VERSION if query.before is None else query.before
    return _views(connection, connection.execute(_BEFORE.limit(limit), {"before": before}).all())


def _views(connection: Connection, rows: Iterable[Any]) -> list[RulesView]:
    found = [row._asdict() for row in rows]
    published: dict[int, list[Rule]] = {row["version"]: [] for row in found}
    if published:
        for row in connection.execute(_RULES, {"versions": list(published)}):
            published[row.version].append(Rule(title=row.title, text=row.text))
    return [RulesView(**row, rules=tuple(published[row["version"]])) for row in found]


def _owned(stream: str) -> Iterable[Owned]:
    return [(rule_versions, true()), (rules, true())] if stream == site.stream() else []


MODEL = ReadModel(
    tables=(rule_versions, rules),
    folds={RulesPublished: _published},
    answers={SiteRules: site_rules, RulesHistory: rules_history},
    owned=_owned,
)
