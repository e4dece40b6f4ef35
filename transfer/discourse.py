"""A Discourse user's archive: `user_archive.csv`, alone or in the ZIP that the site sends.

Its columns are those of Discourse's app/jobs/regular/export_user_archive.rb; the text was called `post` before 2021 and
is `post_raw` now. A url ends in /t/SLUG/TOPIC/NUMBER, and number 1 opened the topic.
"""

import re
from collections.abc import Iterator
from functools import partial

from .csv_header import Columns
from .csv_rows import Row, Rows
from .entries import Entry, of_rows

ORIGIN = "discourse"
COLUMNS = Columns(
    needed=("topic_title", "post_raw", "url", "created_at"), optional=("is_pm",), other_names={"post": "post_raw"}
)
_ADDRESS = re.compile(r"/t/(?:[^/]+/)?(\d+)(?:/(\d+))?/?(?:[?#].*)?\Z")
_ARCHIVE = re.compile(r"user_archive-(.+)-\d{6}-\d{6}\.(?:zip|csv)\Z")
_YES = frozenset({"yes", "true", "t", "1"})


def entries(rows: Rows, author: str) -> Iterator[Entry]:
    """Topics that the account opened are posts, its answers in them comments."""
    return of_rows(rows, partial(_entry, author=author))


def account_name(file_name: str) -> str:
    """Whose archive it is, by the name that the site gives it: user_archive-mira-260501-101530.zip."""
    found = _ARCHIVE.match(file_name)
    return found[1] if found else ""


def _entry(row: Row, author: str) -> Entry:
    title, body, url, at, is_pm = row.fields
    found = _ADDRESS.search(url)
    cause = "its url names no topic" if found is None else ""
    if is_pm.strip().lower() in _YES:
        cause = "it is a private message"
    topic, number = (found[1], int(found[2] or 1)) if found else ("", 1)
    opened = number == 1
    return Entry(
        line=row.line,
        id=topic if opened else f"{topic}/{number}",
        text=row.text,
        author=author,
        at=at,
        title=title if opened else "",
        body=body,
        post="" if opened else topic,
        cause=cause,
    )
