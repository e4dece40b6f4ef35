"""Pages at 1,000 posts and at 1,000,000: a page must not cost more because there are more posts.

Each is asked for on both sites alternately, over WSGI, by somebody logged in, for whom it is made afresh: the mean of
the p50 of several addresses. A search is compared where both sites fill a page, or both find one post: a page with more
on it costs more at any size.
"""

import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import Select, func, select

from readmodel.accounts import accounts
from readmodel.posts import posts
from readmodel.search_index import BODY, TITLE, words

from .measure import Row, alternate, timed
from .pages import build_app, call, environ_of, register
from .site import LONG_THREAD_COMMENTS, BenchSite, build_scaled_site

SMALL_SITE_POSTS, LARGE_SITE_POSTS = 1_000, 1_000_000
TURNS = 15
MAX_RATIO = 1.2
FURTHER_PAGES = 10
PAGE_POSTS = 30
COMMON_WORDS = 12
LINK_POST_CHARS = 30
"""Posts of a link alone, so that threads have the same length on both sites."""
AUTHORS, THREADS_OF_A_KIND = 10, 5
RARE_SEARCH = "/search?q=word14x"

Addresses = Sequence[str]
Both = tuple["LoggedIn", "LoggedIn"]
_NEXT = re.compile(rb'href="([^"]*[?&;]after=[^"]*)"')


class LoggedIn:
    """A site as somebody logged in asks for its pages."""

    def __init__(self, site: BenchSite) -> None:
        self._site = site
        self._app = build_app(site)
        self._cookie = register(self._app)

    def page(self, address: str) -> bytes:
        answer = call(self._app, environ_of(address, {"Cookie": self._cookie}))
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status}")
        return answer.get_data()

    def further(self, address: str) -> str:
        """The address of a page far down the list."""
        for _ in range(FURTHER_PAGES):
            if (found := _NEXT.search(self.page(address))) is None:
                return address
            address = found[1].decode().replace("&amp;", "&")
        return address

    def fills_a_page(self, address: str) -> bool:
        return _NEXT.search(self.page(address)) is not None

    def column(self, statement: Select[tuple[str]]) -> list[str]:
        with self._site.generations.connect() as connection:
            return [str(value) for value in connection.execute(statement).scalars()]


def run(folder: Path, size: int | None) -> Iterator[Row]:
    large = build_scaled_site(folder / "large", size or LARGE_SITE_POSTS)
    small = build_scaled_site(folder / "small", min(SMALL_SITE_POSTS, size or LARGE_SITE_POSTS))
    both = LoggedIn(small), LoggedIn(large)
    for name, addresses in ADDRESSES.items():
        yield _row(name, both, addresses(both), size or LARGE_SITE_POSTS)
    small.close()
    large.close()


def _feeds(both: Both) -> list[Addresses]:
    lists = ("/", "/?sort=top", "/?sort=discussed", "/?tag=nowhere")
    return [[*lists, one.further("/"), one.further("/?sort=top")] for one in both]


def _threads(both: Both) -> list[Addresses]:
    """Some with a hundred comments, and as many with none."""
    short = select(posts.c.id).where(func.length(posts.c.body) < LINK_POST_CHARS).limit(THREADS_OF_A_KIND)
    statements = short.where(posts.c.comments >= LONG_THREAD_COMMENTS), short.where(posts.c.comments == 0)
    return [[f"/posts/{id}" for statement in statements for id in one.column(statement)] for one in both]


def _authors(both: Both) -> list[Addresses]:
    written = select(accounts.c.handle).join_from(posts, accounts, posts.c.author == accounts.c.id)
    prolific = written.group_by(accounts.c.handle).having(func.count() > PAGE_POSTS)
    shared = set(both[0].column(prolific)) & set(both[1].column(prolific))
    return [[f"/@{handle}" for handle in sorted(shared)[:AUTHORS]] for _ in both]


def _searches(both: Both) -> list[Addresses]:
    """Common words, pairs of them, beginnings, and a word that one post has."""
    common = both[0].column(
        select(words.c.word)
        .where(words.c.scope.in_((TITLE, BODY)))
        .group_by(words.c.word)
        .having(func.count() > 2 * PAGE_POSTS)
        .order_by(func.count().desc())
        .limit(COMMON_WORDS * 3)
    )[::3]
    queries = [*common, *map(" ".join, pairwise(common)), *(word[:-1] for word in common[: COMMON_WORDS // 2])]
    addresses = [f"/search?{urlencode({'q': query})}" for query in queries]
    return [[*(one for one in addresses if all(site.fills_a_page(one) for site in both)), RARE_SEARCH]] * 2


ADDRESSES: dict[str, Callable[[Both], list[Addresses]]] = {
    "feed": _feeds,
    "thread": _threads,
    "author": _authors,
    "search": _searches,
}


def _row(name: str, both: Both, addresses: list[Addresses], size: int) -> Row:
    pairs = [_medians(both, pair) for pair in zip(*addresses, strict=True)]
    small, large = (statistics.mean(medians) for medians in zip(*pairs, strict=True))
    return Row(
        name=f"page: {name}",
        ours=f"p50 {large * 1000:.1f} ms at {size:,}",
        floor=f"p50 {small * 1000:.1f} ms at {SMALL_SITE_POSTS:,}",
        value=f"× {large / small:.2f}",
        target=f"≤ × {MAX_RATIO}",
        ok=large / small <= MAX_RATIO,
    )


def _medians(both: Both, addresses: tuple[str, ...]) -> tuple[float, float]:
    """The p50 of one address on each site, in seconds; the first turn doesn't count."""
    small, large = (timed(site.page, partial(list, [one])) for site, one in zip(both, addresses, strict=True))
    alternate(small, large, 1)
    samples = alternate(small, large, TURNS)
    return statistics.median(samples.ours), statistics.median(samples.floor)
