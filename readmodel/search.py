"""Full-text search over posts and comments by the words of the inverted index (search_index.py).

Ids of texts rise with time, so walking a word's rows backwards gives the newest first, and no statement here reads
more rows because there are more posts. The rarest word of a query leads; its texts are asked for the others.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from sqlalchemy import Connection, bindparam, select

from domain.errors import Invalid, Sentence
from prose.names import tag_key
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import checked_key, checked_limit, is_count, is_subject
from readmodel.engine.queries import LikeableQuery, Query
from readmodel.engine.views import Key, Page

from . import visibility, word_lookup
from .comments import CommentView, comments, views
from .feed import posts_by_ids
from .posts import PostView, posts
from .prefixes import HIGHEST_CHARACTER, completions
from .search_index import BODY, COMMENT, TITLE
from .tags import post_tags
from .tokenizer import wanted_in
from .word_lookup import Scopes, Words, count_rows, newest_with, with_all_words

MAX_TERMS = 8
"""Words of a query that count."""
READ_SIZES_ROWS = (60, 120, 240, 600)
"""Rows of the leading word that are read in one go."""


class SearchPosts(LikeableQuery, frozen=True, kw_only=True):
    """Page[PostView] of the posts with every word of q, the last word as the beginning of one.

    First those with all of them in the title, newest first, then the others, newest first. A page may be short, or
    empty, and have a next one: each looks at MAX_LOOKED_AT posts at most. Nothing is found where q has no word.
    """

    people: ClassVar[tuple[str, ...]] = ("author",)
    q: str
    author: str | None = None
    tag: str | None = None
    after: Key | None = None
    limit: int = 30


class SearchComments(LikeableQuery, frozen=True, kw_only=True):
    """Page[CommentView], like SearchPosts, newest first; without comments whose post is removed."""

    people: ClassVar[tuple[str, ...]] = ("author",)
    q: str
    author: str | None = None
    after: Key | None = None
    limit: int = 30


class TitlesOf(Query, frozen=True, kw_only=True):
    """dict[post id, title] of those posts that are there."""

    posts: tuple[str, ...]


class Terms(NamedTuple):
    """The terms of a query: whole words, and the prefix of one."""

    whole: tuple[str, ...]
    beginning: str

    def matches(self, word: str) -> bool:
        return word in self.whole or word.startswith(self.beginning)

    @property
    def beginnings(self) -> tuple[str, ...]:
        """The prefixes of words that match."""
        return (*self.whole, self.beginning)


Allowed = Callable[[Sequence[str]], set[str]]
"""Filters ids of posts or comments by what a query asks beyond words."""


def terms_of(q: str) -> Terms | None:
    """The first MAX_TERMS words of a query; None where there is no word in it."""
    found = list(wanted_in(q))
    whole = [word for word, before in zip(found, ["", *found], strict=False) if not _is_tail(word, before)]
    if not found:
        return None
    return Terms(tuple(word for word in whole if word != found[-1])[: MAX_TERMS - 1], found[-1])


def _is_tail(word: str, before: str) -> bool:
    """Whether the word is the last character of a text without blanks, which the pair before it covers already."""
    return len(word) == 1 and before.endswith(word)


_POST_TIERS: dict[int, Scopes] = {1: (TITLE,), 0: (TITLE, BODY)}
_COMMENT_TIERS: dict[int, Scopes] = {0: (COMMENT,)}
"""Rank → where all the words of a query must be. What has the higher rank isn't listed again in the lower."""


def search_posts(connection: Connection, query: SearchPosts) -> Page[PostView]:
    ids, next = _page(connection, query, _POST_TIERS, lambda some: _posts_allowed(connection, query, some))
    return Page(items=posts_by_ids(connection, ids), next=next)


def search_comments(connection: Connection, query: SearchComments) -> Page[CommentView]:
    ids, next = _page(connection, query, _COMMENT_TIERS, lambda some: _comments_allowed(connection, query, some))
    rows = {row.id: row for row in connection.execute(_COMMENTS, {"ids": ids})}
    return Page(items=views([rows[id] for id in ids if id in rows]), next=next)


def _page(
    connection: Connection, query: SearchPosts | SearchComments, tiers: dict[int, Scopes], allowed: Allowed
) -> tuple[list[str], Key | None]:
    """The ids of a page and where the next begins: the rank, and the last id looked at."""
    checked_limit(query.limit)
    start, last = _start(query.after, tiers)
    terms = alternatives(connection, tiers[0], terms_of(query.q))
    found: list[tuple[int, str]] = []
    for tier in [tier for tier in tiers if tier <= start and terms]:
        looked_at, before, below = 0, len(found), last if tier == start else HIGHEST_CHARACTER
        more = True
        while more:
            step = _step(query.limit + 1 - len(found), len(found) - before, looked_at, len(terms))
            some, more = newest_with(connection, tiers[tier], terms[0], below, step)
            fitting = with_all_words(connection, tier, tiers[tier], terms[1:], some)
            passing = allowed(fitting) if fitting else set()
            found += [(tier, id) for id in fitting if id in passing]
            if len(found) > query.limit:
                return [id for _, id in found[: query.limit]], found[query.limit - 1]
            looked_at += len(some)
            if some and looked_at >= word_lookup.MAX_LOOKED_AT:
                return [id for _, id in found], (tier, list(some)[-1])
            below = list(some)[-1] if more else below
    return [id for _, id in found], None


def _step(wanted: int, found: int, looked_at: int, terms: int) -> int:
    """How many rows to read next, of READ_SIZES_ROWS: estimated from the share of rows that have matched so far."""
    share = max(found, 1) / looked_at if looked_at else 1 / (2 * terms - 1)
    return next((step for step in READ_SIZES_ROWS if step * share >= wanted), READ_SIZES_ROWS[-1])


def _start(after: Key | None, tiers: dict[int, Scopes]) -> tuple[int, str]:
    if after is None:
        return max(tiers), HIGHEST_CHARACTER
    tier, last = checked_key(after, (is_count, is_subject))
    if tier not in tiers:
        raise Invalid({"after": Sentence("The address of this page is broken. Start again from the first page.")})
    return int(tier), str(last)


def alternatives(connection: Connection, scopes: Scopes, terms: Terms | None) -> list[Words]:
    """The alternatives of each term, the rarest term first; nothing where a term has no match."""
    if terms is None:
        return []
    all_of_them = [*((word,) for word in terms.whole), completions(connection, scopes, terms.beginning)]
    if len(all_of_them) == 1:
        return [one for one in all_of_them if one]
    counts = {one: count_rows(connection, scopes, one) for one in all_of_them}
    return sorted(counts, key=counts.__getitem__) if all(counts.values()) else []


def titles_of(connection: Connection, query: TitlesOf) -> dict[str, str]:
    return {row.id: row.title for row in connection.execute(_TITLES, {"ids": query.posts})}


_TITLES = select(posts.c.id, posts.c.title).where(posts.c.id.in_(bindparam("ids", expanding=True)))
_COMMENTS = select(comments).where(comments.c.id.in_(bindparam("ids", expanding=True)))
_POSTS_BY = select(posts.c.id).where(
    posts.c.id.in_(bindparam("ids", expanding=True)), posts.c.author == bindparam("author")
)
_TAGGED = select(post_tags.c.post).where(
    post_tags.c.post.in_(bindparam("ids", expanding=True)), post_tags.c.tag == bindparam("tag")
)
_SHOWN = (
    select(comments.c.id)
    .join(posts, posts.c.id == comments.c.post)
    .where(
        comments.c.id.in_(bindparam("ids", expanding=True)),
        visibility.comment_is_listed(comments.c.removed, comments.c.post),
    )
)
_SHOWN_BY = _SHOWN.where(comments.c.author == bindparam("author"))


def _posts_allowed(connection: Connection, query: SearchPosts, ids: Sequence[str]) -> set[str]:
    passing = set(ids)
    if query.author is not None:
        passing &= set(connection.execute(_POSTS_BY, {"ids": ids, "author": query.author}).scalars())
    if query.tag is not None:
        passing &= set(connection.execute(_TAGGED, {"ids": ids, "tag": tag_key(query.tag)}).scalars())
    return passing


def _comments_allowed(connection: Connection, query: SearchComments, ids: Sequence[str]) -> set[str]:
    if query.author is None:
        return set(connection.execute(_SHOWN, {"ids": ids}).scalars())
    return set(connection.execute(_SHOWN_BY, {"ids": ids, "author": query.author}).scalars())


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={SearchPosts: search_posts, SearchComments: search_comments, TitlesOf: titles_of},
)
