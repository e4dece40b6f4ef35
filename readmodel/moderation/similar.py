"""Similar writings: posts and comments of the last week that share most of a text's rarest words.

Only its MAX_WORDS rarest words are looked up, and at most MAX_ROWS newest texts of each, so that the cost is bounded
however many texts there are. Words that MAX_ROWS texts of the week have say nothing, and are left out.
"""

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, union_all

from domain.ids import uuid7
from prose.reading import read
from readmodel.search_index import BODY, COMMENT, TITLE, words
from readmodel.tokenizer import words_in

from .queries import TextSeen

MAX_WORDS = 12
MAX_WORDS_READ = 24
"""Words of the text among which the rarest are looked for, the longest first: they are the rarer ones."""
MAX_ROWS = 100
MAX_SIMILAR = 10
MIN_WORDS_SHARED = 3
MIN_SHARE = 0.6
WINDOW = timedelta(days=7)


def similar_to(connection: Connection, target: str, text: TextSeen | None, now: str) -> tuple[str, ...]:
    """Streams of the writings that share most words with a text, the most alike first."""
    if text is None or text.erased:
        return ()
    found = words_in(text.title, read(text.body).words, text.url)
    chosen = sorted(found, key=lambda word: (-len(word), word))[:MAX_WORDS_READ]
    shared = _shared(connection, chosen, now)
    shared.pop(target, None)
    least = max(MIN_WORDS_SHARED, MIN_SHARE * min(len(chosen), MAX_WORDS))
    return tuple(stream for stream, count in shared.most_common(MAX_SIMILAR) if count >= least)


def _shared(connection: Connection, chosen: list[str], now: str) -> Counter[str]:
    """Stream → how many of the rarest of these words it has."""
    if len(chosen) < MIN_WORDS_SHARED:
        return Counter()
    since = uuid7(int((datetime.fromisoformat(now) - WINDOW).timestamp() * 1_000), bytes(10))
    bound = {f"word{number}": word for number, word in enumerate(chosen)} | {"since": since}
    having: dict[str, set[str]] = {}
    for scope, word, subject in connection.execute(_recent(len(chosen)), bound):
        having.setdefault(word, set()).add(f"{'comment' if scope == COMMENT else 'post'}-{subject}")
    told = sorted((streams for streams in having.values() if len(streams) < MAX_ROWS), key=len)
    return Counter(stream for streams in told[:MAX_WORDS] for stream in streams)


@cache
def _recent(count: int) -> Select[Any]:
    """The newest rows of so many words in each scope, since an id: ids rise with time."""
    ranges = [
        select(
            select(words.c.scope, words.c.word, words.c.subject)
            .where(
                words.c.scope == scope,
                words.c.word == bindparam(f"word{number}"),
                words.c.subject >= bindparam("since"),
            )
            .order_by(words.c.subject.desc())
            .limit(MAX_ROWS)
            .subquery()
        )
        for number in range(count)
        for scope in (TITLE, BODY, COMMENT)
    ]
    merged = union_all(*ranges).subquery()
    return select(merged)
