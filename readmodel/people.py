"""People by the beginning of their handle or of a word of their name: as one types a mention, and to look them up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Index, Select, Table, bindparam, false, or_, select

from domain.account import AccountRegistered, ProfileEdited, ProfileErased
from domain.ids import now
from domain.leaving import AccountErased
from domain.text import handle_key
from readmodel.engine.changes import Changes
from readmodel.engine.model import Fact, ReadModel, Row, rows_of
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import Query
from readmodel.engine.schema import key, metadata

from .accounts import accounts, former_handles
from .engine import bulk
from .prefixes import HIGHEST_CHARACTER
from .search import terms_of
from .tokenizer import MAX_WORD_CHARS, words_of_name

MAX_WORDS_LOOKED_UP = 4
"""Words of a query that count; people have about as many names."""

name_words = Table(
    "name_words",
    metadata,
    Column("account", key(36), primary_key=True),
    Column("word", key(2 * MAX_WORD_CHARS), primary_key=True),
    Index("name_words_of_word", "word", "account"),
    sqlite_with_rowid=False,
)
"""The words of the name that an account has today, as search reads words: without case and accents."""


class PeopleLike(Query, frozen=True, kw_only=True):
    """list[tuple[handle, name]], without those suspended or gone: those whose handle begins so, by handle; then those
    whose name has each of its words, the last of which may be a beginning."""

    beginning: str
    limit: int = 8


class KnownHandles(Query, frozen=True, kw_only=True):
    """tuple[handle, ...], sorted: those of some normalised handles that somebody has, or had before."""

    handles: tuple[str, ...]


def _reads(fact: Fact) -> Iterator[Row]:
    if isinstance(fact.event, ProfileEdited | ProfileErased | AccountErased):
        yield accounts, (fact.event.account,)


def _naming(name: Callable[[Any], str]) -> Callable[[Changes, Any], None]:
    """A fold that gives the account the words of this name. The accounts' own fold comes later: it has the old."""

    def fold(changes: Changes, fact: Any) -> None:
        account = fact.event.account
        before = set(words_of_name(changes.existing(accounts, (account,))["name"]))
        _rename(changes, account, before, set(words_of_name(name(fact.event))))

    return fold


def _registered(changes: Changes, fact: Any) -> None:
    _rename(changes, fact.event.account, (), words_of_name(fact.event.name))


def _rename(changes: Changes, account: str, before: Iterable[str], after: Iterable[str]) -> None:
    old, new = set(before), set(after)
    for word in old - new:
        changes.delete(name_words, (account, word))
    for word in new - old:
        changes.insert(name_words, account=account, word=word)


_NOW = bindparam("now", type_=accounts.c.suspended_until.type)
_NOT_SUSPENDED = or_(accounts.c.suspended == false(), accounts.c.suspended_until <= _NOW)
ACTIVE = (_NOT_SUSPENDED, accounts.c.gone == false())
"""Of whom nothing is withheld at the moment that is bound as `now`: neither suspended, nor leaving or gone."""
_KNOWN = select(accounts.c.handle).where(
    accounts.c.handle.in_(bindparam("values", expanding=True)), accounts.c.gone == false()
)
_FORMER = (
    select(former_handles.c.handle)
    .join_from(former_handles, accounts, accounts.c.id == former_handles.c.account)
    .where(former_handles.c.handle.in_(bindparam("values", expanding=True)), accounts.c.gone == false())
)
_LIKE = (
    select(accounts.c.handle, accounts.c.name)
    .where(
        accounts.c.handle >= bindparam("begin"),
        accounts.c.handle < bindparam("end"),
        *ACTIVE,
    )
    .order_by(accounts.c.handle)
)


@cache
def by_words_of_name(whole: int) -> Select[str, str]:
    """People with so many whole words and a beginning in their name. word0, word1 …, begin, end and now are bound."""
    first = name_words.alias("first")
    found = select(accounts.c.handle, accounts.c.name).select_from(
        first.join(accounts, accounts.c.id == first.c.account)
    )
    for number in range(whole):
        other = name_words.alias(f"word_{number}")
        matches = select(other.c.account).where(
            other.c.account == first.c.account, other.c.word == bindparam(f"word{number}")
        )
        found = found.where(matches.exists())
    return (
        found.where(first.c.word >= bindparam("begin"), first.c.word < bindparam("end"), *ACTIVE)
        .distinct()
        .order_by(accounts.c.handle)
    )


def people_like(connection: Connection, query: PeopleLike) -> list[tuple[str, str]]:
    limit = checked_limit(query.limit)
    found: dict[str, str] = {}
    at = now()
    if begin := handle_key(query.beginning):
        rows = connection.execute(_LIKE.limit(limit), {"begin": begin, "end": begin + HIGHEST_CHARACTER, "now": at})
        found = {row.handle: row.name for row in rows}
    terms = terms_of(query.beginning.strip().removeprefix("@"))
    if terms and len(found) < limit:
        whole = terms.whole[: MAX_WORDS_LOOKED_UP - 1]
        bound: Mapping[str, str] = {f"word{number}": word for number, word in enumerate(whole)}
        between = {"begin": terms.beginning, "end": terms.beginning + HIGHEST_CHARACTER, "now": at}
        rows = connection.execute(by_words_of_name(len(whole)).limit(limit), {**bound, **between})
        for row in rows:
            found.setdefault(row.handle, row.name)
    return list(found.items())[:limit]


def known_handles(connection: Connection, query: KnownHandles) -> tuple[str, ...]:
    found = {handle for known in (_KNOWN, _FORMER) for (handle,) in bulk.select_in(connection, known, query.handles)}
    return tuple(sorted(found))


MODEL = ReadModel(
    tables=(name_words,),
    folds={
        AccountRegistered: _registered,
        ProfileEdited: _naming(lambda event: event.name),
        ProfileErased: _naming(lambda _event: ""),
        AccountErased: _naming(lambda _event: ""),
    },
    answers={PeopleLike: people_like, KnownHandles: known_handles},
    reads=_reads,
    owned=rows_of("account", name_words.c.account),
    version=3,
)
