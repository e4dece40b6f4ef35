"""What Reddit sends to whoever requests their data (https://www.reddit.com/settings/data-request): `posts.csv` and
`comments.csv`, alone or in the ZIP in which they come. They are of one account, which `statistics.csv` names.
"""

import re
from collections.abc import Iterator
from functools import partial

from .csv_header import Columns
from .csv_rows import Row, Rows
from .entries import Entry, of_rows

ORIGIN = "reddit"
POSTS = Columns(needed=("id", "date", "title"), optional=("url", "body", "permalink"), date="date")
COMMENTS = Columns(needed=("id", "date", "link", "body"), optional=("parent", "permalink"), date="date")
STATISTICS = Columns(needed=("statistic", "value"), date="statistic")
_THREAD = re.compile(r"/comments/([a-z0-9]+)", re.IGNORECASE)
_KIND = re.compile(r"t[0-9]_")


def posts(rows: Rows, author: str) -> Iterator[Entry]:
    return of_rows(rows, partial(_post, author=author))


def comments(rows: Rows, author: str) -> Iterator[Entry]:
    """Answers in threads of others can't be taken in: those aren't in the file."""
    return of_rows(rows, partial(_comment, author=author))


def account_name(rows: Rows) -> str:
    """Whose data it is, by statistics.csv; "" where it doesn't say."""
    values = {row.fields[0].strip().lower(): row.fields[1].strip() for row in rows if isinstance(row, Row)}
    return values.get("account name", "")


def _post(row: Row, author: str) -> Entry:
    id, date, title, url, body, permalink = row.fields
    # A post of text alone has its own address for a link.
    own = bool(permalink) and url.rstrip("/") == permalink.rstrip("/")
    linked = url if url.startswith(("http://", "https://")) and not own and f"/comments/{id}" not in url else ""
    return Entry(line=row.line, id=id, text=row.text, author=author, at=date, title=title, url=linked, body=body)


def _comment(row: Row, author: str) -> Entry:
    id, date, link, body, parent, _ = row.fields
    thread = _THREAD.search(link)
    post, above = thread[1] if thread else "", _KIND.sub("", parent)
    cause = "" if post else "its link names no thread"
    return Entry(
        line=row.line, id=id, text=row.text, author=author, at=date, body=body, post=post or "?",
        parent="" if above == post else above, cause=cause,
    )  # fmt: skip
