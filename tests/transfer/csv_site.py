"""Rows of posts.csv, and what an import rejects."""

import csv
import io
from pathlib import Path

from domain.post import PostPublished

HEADER = "id,author,created_at,title,body,url,score,num_comments\n"
AT = "2012-05-16T14:28:28Z"


def row(id: str = "a1", author: str = "Python", at: str = AT, title: str = "T", body: str = "B", url: str = "") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([id, author, at, title, body, url, 5, 6])
    return out.getvalue()


def posts(site) -> list[PostPublished]:
    return [event for event, _ in site.events() if isinstance(event, PostPublished)]


def listed(path: Path | None) -> list[list[str]]:
    if path is None:
        return []
    limit = csv.field_size_limit(1 << 24)
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return list(csv.reader(file))[1:]
    finally:
        csv.field_size_limit(limit)


def rejected(report) -> list[tuple[int, str, str]]:
    return [(int(line), id, cause) for line, id, cause, _ in listed(report.rejects)]
