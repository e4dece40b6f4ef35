"""A Mastodon account's `outbox.json`: what its archive holds of its posts, as ActivityStreams 2.0.

https://docs.joinmastodon.org/user/moving/#export and https://docs.joinmastodon.org/spec/activitypub/ describe it: an
OrderedCollection of Create activities with a Note each, whose content is HTML, and of Announce for boosts.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .entries import Entry
from .html_text import first_line, markdown
from .source import Source, Unreadable

ORIGIN = "mastodon"
PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
MAX_TITLE_CHARS = 120


def entries(path: Path, author: str) -> Iterator[Entry]:
    """Its public posts, and answers to its own posts as comments. author: else the one that it names."""
    activities = _activities(path)
    notes = {str(note["id"]): note for note in map(_note, activities) if note and note.get("id")}
    for line, activity in enumerate(activities, 1):
        yield _entry(line, activity, notes, author)


def _activities(path: Path) -> list[Any]:
    with Source(path) as source:
        raw = b"".join(source.lines())
    try:
        found = json.loads(raw)
        items = found["orderedItems"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        said = f"{path} is no outbox.json of Mastodon: it has no orderedItems. {source.error}"
        raise Unreadable(said.strip()) from error
    if not isinstance(items, list):
        raise Unreadable(f"{path} is no outbox.json of Mastodon: its orderedItems are no list.")
    return items


def _note(activity: Any) -> Mapping[str, Any] | None:
    """The Note of a Create."""
    if not isinstance(activity, dict) or activity.get("type") != "Create":
        return None
    note = activity.get("object")
    return note if isinstance(note, dict) and note.get("type") in ("Note", "Question", "Article") else None


def _entry(line: int, activity: Any, notes: Mapping[str, Mapping[str, Any]], author: str) -> Entry:
    text = json.dumps(activity, ensure_ascii=False)
    note = _note(activity)
    if note is None:
        id = str(activity.get("id", "")) if isinstance(activity, dict) else ""
        return Entry(line=line, id=id, text=text, cause="it is no post of its own (a boost, or something else)")
    id = str(note.get("id") or "")
    shown = {*_listed(note.get("to")), *_listed(note.get("cc"))}
    cause = "" if shown & PUBLIC else "it wasn't public"
    html = _text(note.get("content"))
    title = " ".join(_text(note.get("summary")).split()) or _shortened(first_line(html))
    answered = _text(note.get("inReplyTo"))
    root = _root(id, notes)
    if answered and not root:
        cause = cause or "it answers somebody else's post, which isn't in the file"
    return Entry(
        line=line,
        id=id,
        text=text,
        author=author or _name(activity, note),
        at=_text(note.get("published")),
        title=title or "Without words",
        body=markdown(html),
        url="",
        post=root if answered else "",
        parent=answered if answered and answered != root else "",
        cause=cause,
    )


def _root(id: str, notes: Mapping[str, Mapping[str, Any]]) -> str:
    """The post of the same account at the top of a thread of its own; "" where it answers somebody else."""
    seen = set()
    while id in notes and id not in seen:
        seen.add(id)
        answered = notes[id].get("inReplyTo")
        if not answered:
            return id
        id = str(answered)
    return ""


def _name(activity: Mapping[str, Any], note: Mapping[str, Any]) -> str:
    """The last part of the actor's address: https://mastodon.example/users/mira."""
    actor = note.get("attributedTo") or activity.get("actor") or ""
    return _text(actor).rstrip("/").rpartition("/")[2].removeprefix("@")


def _shortened(line: str) -> str:
    return line if len(line) <= MAX_TITLE_CHARS else f"{line[: MAX_TITLE_CHARS - 1].rstrip()}…"


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
