"""What people see, at 1,000 posts and at 1,000,000: a page must not cost more because there are more posts.

Each page is asked for on both sites in turn, by somebody logged in, for whom it's made afresh. A search is
compared where both sites fill a page, or both find one post: a page with more on it costs more at any size.
"""

import io
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import create_environ, run_wsgi_app

from readmodel.posts import posts
from readmodel.search_index import BODY, TITLE, words
from webapp import create_app

from .crowd import A_THREAD, crowded
from .feed import cookie_of, web_of
from .measure import Row, stopwatch
from .site import BenchSite

FEW, MANY = 1_000, 1_000_000
TURNS = 15
"""Of all addresses of a page's kind."""
FURTHER = 10
"""Pages down the list."""
A_PAGE = 30
WORDS = 12
LITTLE = 30
"""Characters of a body."""

Addresses = Sequence[str]
_NEXT = re.compile(rb'href="([^"]*[?&;]after=[^"]*)"')


class Visited:
    """A site as somebody logged in asks for its pages."""

    def __init__(self, site: BenchSite) -> None:
        self.site = site
        self.app: Flask = create_app(web_of(site))
        self.cookie = cookie_of(site, self.app)

    def get(self, address: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        environ = create_environ(address, headers=headers or {"Cookie": self.cookie})
        environ["wsgi.input"] = io.BytesIO()
        body, status, answered = run_wsgi_app(self.app, environ, buffered=True)
        return int(status.split()[0]), dict(answered), b"".join(body)

    def page(self, address: str) -> bytes:
        status, _, body = self.get(address)
        if status != 200:
            raise RuntimeError(f"{address}: {status}")
        return body

    def further(self, address: str, pages: int = FURTHER) -> str:
        """The address of a page so far down the list."""
        for _ in range(pages):
            found = _NEXT.search(self.page(address))
            if not found:
                return address
            address = found[1].decode().replace("&amp;", "&")
        return address


def run(folder: Path, size: int | None) -> Iterator[Row]:
    many = crowded(folder / "many", size or MANY)
    few = crowded(folder / "few", min(FEW, size or MANY))
    yield from of_both(Visited(few), Visited(many), size or MANY)
    few.close()
    many.close()


def of_both(few: Visited, many: Visited, size: int) -> Iterator[Row]:
    for what, addresses in _KINDS.items():
        yield _compared(what, few, many, addresses(few, many), size)
    yield _unchanged(many)


def _feed(few: Visited, many: Visited) -> tuple[Addresses, Addresses]:
    lists = ("/", "/?sort=top", "/?sort=discussed", "/?tag=nowhere")
    return tuple([*lists, one.further("/"), one.further("/?sort=top")] for one in (few, many))  # type: ignore[return-value]


def _threads(few: Visited, many: Visited) -> tuple[Addresses, Addresses]:
    """Some with a hundred comments, and as many with none; links alone, so that the posts have the same size."""
    return tuple(_of_posts(one) for one in (few, many))  # type: ignore[return-value]


def _of_posts(one: Visited) -> Addresses:
    with one.site.generations.live().read() as connection:
        wordless = select(posts.c.id).where(func.length(posts.c.body) < LITTLE).limit(5)
        long = connection.execute(wordless.where(posts.c.comments >= A_THREAD)).scalars()
        bare = connection.execute(wordless.where(posts.c.comments == 0)).scalars()
        return [f"/posts/{id}" for id in (*long, *bare)]


def _authors(few: Visited, many: Visited) -> tuple[Addresses, Addresses]:
    people = sorted(set(_prolific(few)) & set(_prolific(many)))[:10]
    return tuple([f"/@{handle}" for handle in people] for _ in range(2))  # type: ignore[return-value]


def _prolific(one: Visited) -> list[str]:
    wanted = select(posts.c.author).group_by(posts.c.author).having(func.count() > A_PAGE)
    with one.site.generations.live().read() as connection:
        return [str(author) for author in connection.execute(wanted).scalars()]


def _searches(few: Visited, many: Visited) -> tuple[Addresses, Addresses]:
    """One common word, two of them, the beginning of one, and a word that one post has."""
    common = _common(few)
    pairs = [f"{one} {other}" for one, other in pairwise(common)]
    beginnings = [word[:-1] for word in common[: WORDS // 2]]
    queries = [q for q in (*common, *pairs, *beginnings) if all(_fills_a_page(one, q) for one in (few, many))]
    addresses = [f"/search?{urlencode({'q': q})}" for q in queries]
    return [*addresses, "/search?q=word14x"], [*addresses, "/search?q=word14x"]


def _common(one: Visited) -> list[str]:
    """Words that many posts have, from the most common on."""
    wanted = (
        select(words.c.word)
        .where(words.c.scope.in_((TITLE, BODY)))
        .group_by(words.c.word)
        .having(func.count() > 2 * A_PAGE)
        .order_by(func.count().desc())
        .limit(WORDS * 3)
    )
    with one.site.generations.live().read() as connection:
        return list(connection.execute(wanted).scalars())[::3]


def _fills_a_page(one: Visited, q: str) -> bool:
    return _NEXT.search(one.page(f"/search?{urlencode({'q': q})}")) is not None


_KINDS: dict[str, Callable[[Visited, Visited], tuple[Addresses, Addresses]]] = {
    "feed": _feed,
    "thread": _threads,
    "author": _authors,
    "search": _searches,
}


def _compared(what: str, few: Visited, many: Visited, addresses: tuple[Addresses, Addresses], size: int) -> Row:
    small, large = (sum(seconds) / len(seconds) for seconds in _medians(few, addresses[0], many, addresses[1]))
    return Row(
        what=f"page: {what}",
        ours=f"p50 {large * 1000:.1f} ms at {size:,}",
        floor=f"p50 {small * 1000:.1f} ms at {FEW:,}",
        value=f"× {large / small:.2f}",
        target="≤ × 1.2",
        ok=large / small <= 1.2,
        how=f"WSGI calls, logged in; the mean of the p50 of {len(addresses[1])} addresses, each {TURNS} times on both "
        f"sites in turn: {', '.join(addresses[1][:4])}, …",
    )


def _medians(few: Visited, small: Addresses, many: Visited, large: Addresses) -> tuple[list[float], list[float]]:
    """The p50 of each address, in seconds."""
    medians: tuple[list[float], list[float]] = ([], [])
    for ours, theirs in zip(small, large, strict=True):
        seconds: tuple[list[float], list[float]] = ([], [])
        for turn in range(TURNS + 1):
            for taken, one, address in ((seconds[0], few, ours), (seconds[1], many, theirs)):
                with stopwatch() as took:
                    one.page(address)
                if turn:
                    taken.extend(took)
        for kept, taken in zip(medians, seconds, strict=True):
            kept.append(statistics.median(taken))
    return medians


def _unchanged(one: Visited) -> Row:
    """Threads that a stranger's page has already, beside the pages."""
    addresses = _of_posts(one)
    ratios = {address: _times(one, address) for address in addresses}
    ratio = statistics.median(ratios.values())
    long, bare = (statistics.median(some) for some in (list(ratios.values())[:5], list(ratios.values())[5:]))
    return Row(
        what="a 304 / the page",
        ours=f"× {long:.1f} with {A_THREAD} comments",
        floor=f"× {bare:.1f} with none",
        value=f"{ratio:.2f}",
        target="≥ 3",
        ok=ratio >= 3,
        how="How much faster threads answer to their ETag, as live pages ask, than their pages are; median over both.",
    )


def _times(one: Visited, address: str) -> float:
    asked = {"HX-Request": "true", "HX-Request-Type": "partial"}
    asked["If-None-Match"] = one.get(f"{address}/thread", asked)[1]["ETag"]
    pages, answers = [], []
    for _ in range(TURNS):
        with stopwatch() as took:
            one.page(address)
        pages.extend(took)
        with stopwatch() as took:
            status, _, _ = one.get(f"{address}/thread", asked)
        answers.extend(took)
        if status != 304:
            raise RuntimeError(f"{address}/thread: {status}")
    return statistics.median(pages) / statistics.median(answers)
