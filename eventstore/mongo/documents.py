"""Commits as documents of a database that keeps structure: an event's data is a sub-document there, and canonical
JSON again on the way back, to the byte."""

from typing import Any

import msgspec

from domain.commit import Commit, StoredEvent
from domain.errors import Damaged

Document = dict[str, Any]

_CANONICAL = msgspec.json.Encoder(order="sorted")
_DATA = msgspec.json.Decoder(dict[str, Any])
_REQUIRED = ("actor", "at", "first", "id", "key", "stream")
_OPTIONAL = ("causation_id", "claim", "command_digest", "correlation_id", "traceparent")
_EVENT = ("digest", "schema", "type")


def key_of(commit: Commit) -> str:
    """A document's _id, which no other has: the command's id, or the commit's own where no command stands behind it."""
    return commit.command_id or commit.id


def document_of(commit: Commit) -> Document:
    """`last` is the commit's last version. Absent fields are left out, and position and chain, which others keep."""
    document: Document = {"_id": key_of(commit)}
    for name in _REQUIRED:
        document[name] = getattr(commit, name)
    for name in _OPTIONAL:
        if (value := getattr(commit, name)) is not None:
            document[name] = value
    document["events"] = [event_document(event) for event in commit.events]
    document["last"] = commit.last
    return document


def event_document(event: StoredEvent) -> Document:
    """Raises Damaged for data that wouldn't come back as it is: its digest is made over bytes."""
    try:
        data = _DATA.decode(event.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"The data of a {event.type} is malformed: {error}") from error
    if _CANONICAL.encode(data) != bytes(event.data):
        raise Damaged(f"The data of a {event.type} isn't canonical JSON, so its digest couldn't be verified later.")
    document: Document = {"data": data}
    for name in _EVENT:
        document[name] = getattr(event, name)
    if event.salt is not None:
        document["salt"] = event.salt
    if event.erased:
        document["erased"] = True
    return document


def commit_of(document: Document) -> Commit:
    """Raises Damaged, which names the document, where it isn't a commit. What no commit has isn't looked at."""
    try:
        form = msgspec.convert(document, _Form)
        return Commit(
            actor=form.actor,
            at=form.at,
            causation_id=form.causation_id,
            claim=form.claim,
            command_digest=form.command_digest,
            command_id=None if form.document_id == form.id else form.document_id,
            correlation_id=form.correlation_id,
            events=tuple([_event_of(event) for event in form.events]),
            first=form.first,
            id=form.id,
            key=form.key,
            stream=form.stream,
            traceparent=form.traceparent,
        )
    except (msgspec.ValidationError, TypeError) as error:
        raise Damaged(f"commit {document.get('_id')} is malformed ({error}). Restore the newest backup.") from error


class _EventForm(msgspec.Struct, gc=False):
    """The types of what a stored event has."""

    data: Any
    digest: str
    schema: int
    type: str
    erased: bool = False
    salt: str | None = None


class _Form(msgspec.Struct, kw_only=True, gc=False, rename={"document_id": "_id"}):
    """The types of what a stored commit has."""

    document_id: str
    actor: str
    at: str
    causation_id: str | None = None
    claim: str | None = None
    command_digest: str | None = None
    correlation_id: str | None = None
    events: list[_EventForm]
    first: int
    id: str
    key: str
    stream: str
    traceparent: str | None = None


def _event_of(form: _EventForm) -> StoredEvent:
    return StoredEvent(
        data=msgspec.Raw(_CANONICAL.encode(form.data)),
        digest=form.digest,
        erased=form.erased,
        salt=form.salt,
        schema=form.schema,
        type=form.type,
    )
