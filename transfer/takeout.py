"""Takes a takeout back: the posts and comments of one person, their profile, and when it all was (takeout/ makes them).

What was removed or erased doesn't come back, nor do comments below posts of others that aren't here: each is listed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from domain import ids
from domain.account import EditProfile
from domain.bus import CommandBus
from domain.errors import Refused
from domain.messages import Envelope

from . import moments
from .authors import Authors
from .comments_csv import imported_posts
from .entries import Entry, import_entries
from .progress import BadRow, Options, Progress, Stopped
from .repair import AS_IT_IS
from .report import ImportReport
from .source import Source, Unreadable

ORIGIN = "takeout"
FORMAT, FORMAT_VERSION = "verbatim-takeout", 1
MANIFEST, PROFILE, POSTS, COMMENTS = "takeout.json", "profile.json", "posts.jsonl", "comments.jsonl"
FILES = frozenset({MANIFEST, PROFILE, POSTS, COMMENTS})
Kind = TypeVar("Kind", bound=msgspec.Struct)


class _Manifest(msgspec.Struct):
    format: str
    version: int


class _Profile(msgspec.Struct):
    handle: str
    name: str
    bio: str
    joined_at: str


class _Written(msgspec.Struct, kw_only=True):
    id: str
    body: str
    created_at: str
    removed: bool
    url: str = ""
    title: str = ""
    post: str = ""
    parent: str | None = None


def import_takeout(
    path: Path,
    files: Mapping[str, Path],
    bus: CommandBus,
    folder: Path,
    *,
    options: Options,
    progress: Progress,
    stopped: Stopped,
) -> ImportReport:
    """files: those of FILES, unpacked. Raises Unreadable where one is missing or isn't what it says."""
    if missing := sorted(FILES - files.keys()):
        raise Unreadable(f"{path} is no whole takeout: it has no {missing[0]}.")
    manifest = _decoded(path, files[MANIFEST], _Manifest)
    if (manifest.format, manifest.version) != (FORMAT, FORMAT_VERSION):
        raise Unreadable(f"{path} is a takeout of another version ({manifest.version}). Run the Verbatim that made it.")
    profile = _decoded(path, files[PROFILE], _Profile)
    handle = options.author or profile.handle
    report = _Takeout(path, files, handle)
    profile_fault = _restore_profile(bus, handle, profile, options)
    found = import_entries(
        path, ORIGIN, report.entries(), bus, folder, known=imported_posts(bus, ORIGIN), options=options,
        progress=progress, stopped=stopped, repairs=AS_IT_IS,
    )  # fmt: skip
    found.notes += [note for note in (profile_fault, report.moved_note()) if note]
    return found


class _Takeout:
    """The entries of a takeout. moved: comments whose answered comment isn't in it."""

    def __init__(self, path: Path, files: Mapping[str, Path], handle: str) -> None:
        self._path = path
        self._files = files
        self._handle = handle
        self._moved = 0

    def entries(self) -> Iterator[Entry]:
        posts = {one.id for one in self._standing(POSTS)}
        comments = {one.id for one in self._standing(COMMENTS)}
        for line, text, one in self._lines(POSTS):
            yield self._entry(line, text, one, "", "")
        for line, text, one in self._lines(COMMENTS):
            parent = one.parent or "" if one else ""
            if one and parent and parent not in comments and one.post in posts:
                self._moved += not _cause(one)
                parent = ""
            yield self._entry(line, text, one, (one.post if one else "") or "?", parent)

    def moved_note(self) -> str:
        if not self._moved:
            return ""
        return f"{self._moved:,} comments answer ones that aren't in the takeout; they stand directly below their post."

    def _standing(self, name: str) -> Iterator[_Written]:
        return (one for _, _, one in self._lines(name) if one and not _cause(one))

    def _lines(self, name: str) -> Iterator[tuple[int, str, _Written | None]]:
        """Number, text and content of each line; None for what can't be read."""
        decoder = msgspec.json.Decoder(_Written)
        with Source(self._files[name], "utf-8") as source:
            for number, line in enumerate(source.lines(), 1):
                try:
                    yield number, line.decode(errors="replace").rstrip("\n"), decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    yield number, line.decode(errors="replace").rstrip("\n"), None
            if source.error:
                raise Unreadable(f"{self._path}: {name}: {source.error}")

    def _entry(self, line: int, text: str, one: _Written | None, post: str, parent: str) -> Entry:
        if one is None:
            return Entry(line=line, id="", text=text, cause="it is no line of a takeout", post=post)
        return Entry(
            line=line, id=one.id, text=text, author=self._handle, at=one.created_at, title=one.title, body=one.body,
            url=one.url, post=post, parent=parent, cause=_cause(one),
        )  # fmt: skip


def _cause(one: _Written) -> str:
    """Why it isn't imported; "" where it is. A post has a title, a comment a body, unless that was erased."""
    if one.removed:
        return "it was removed"
    return "" if (one.body if one.post else one.title) else "its text was erased"


def _restore_profile(bus: CommandBus, handle: str, profile: _Profile, options: Options) -> str:
    """Registers the account at the time at which it was, with its profile. What went wrong, as a sentence; else ""."""
    try:
        joined = moments.read(profile.joined_at, options.zone, options.now)
        authors = Authors(bus)
        authors.register([(handle, joined)])
        owner = authors.account(handle)
        command = EditProfile(handle=owner, name=profile.name, bio=profile.bio)
        bus.send(command, Envelope(actor=owner, at=ids.to_iso_utc(joined), command_id=f"import:{ORIGIN}:profile"))
    except BadRow as bad:
        return f"The profile was left out: {bad}."
    except Refused as refused:
        return f"The profile was left out: {refused.sentence}"
    return ""


def _decoded(path: Path, file: Path, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} is no takeout that can be read: {file.name}: {error}.") from error
