"""Verifies the form of MongoDB's documents: unknown fields, and fields that contradict each other.

Reading ignores what it doesn't know, so that nothing strange stops the site; verifying reports it.
"""

from collections.abc import Iterator, Sequence

import msgspec
from pymongo.collection import Collection

from domain.errors import Damaged

from .connection import chunks, translating_errors
from .documents import Document, commit_of, document_of
from .positions import PositionBatches

_CANONICAL = msgspec.json.Encoder(order="sorted")
_PAGE = 500


def contradictions(commits: Collection[Document], positions: PositionBatches) -> Iterator[str]:
    """A sentence for each document that isn't as it is written."""
    yield from _of_batches(positions)
    with translating_errors():
        for some in chunks(commits.find({}), _PAGE):
            yield from _of_commits(some, positions)


def _of_commits(documents: Sequence[Document], positions: PositionBatches) -> Iterator[str]:
    """Documents whose mark is gone have had their position before that: it is looked up after them."""
    given = {one.key: one.position for one in positions.assigned_to(str(document["_id"]) for document in documents)}
    for document in documents:
        if wrong := _wrong(document, is_given=document["_id"] in given):
            position = given.get(document["_id"])
            place = f"commit {document['_id']}" if position is None else f"position {position}"
            yield f"{place}: {wrong}"


def _wrong(document: Document, *, is_given: bool) -> str:
    marks: Document = {name: document[name] for name in ("erasing", "waiting") if name in document}
    try:
        written = document_of(commit_of(document))
    except Damaged as error:
        return "" if is_given else str(error)
    kept = {name: value for name, value in document.items() if name not in marks}
    if strange := sorted(kept.keys() ^ written.keys()):
        return f"the document has {', '.join(strange)}, or lacks it, other than commits have"
    if not _same(kept, written):
        return "fields of the document contradict each other, or are such as no commit has"
    if not is_given and "waiting" not in marks:
        return "it has no position and doesn't wait for one, so it would never be shown"
    return "" if _sound(marks) else "its marks (waiting, erasing) aren't what the store writes"


def _sound(marks: Document) -> bool:
    waiting, erasing = marks.get("waiting", 1), marks.get("erasing", [])
    return isinstance(waiting, int) and waiting > 0 and isinstance(erasing, list)


def _of_batches(positions: PositionBatches) -> Iterator[str]:
    position, chain = 0, ""
    for document in positions.documents():
        keys, chains = document.get("keys"), document.get("chains")
        written = {"_id": position, "before": chain, "keys": keys, "chains": chains}
        if not isinstance(keys, list) or not isinstance(chains, list) or not _same(document, written):
            yield _batch_contradicts(document, position)
            return
        if not len(keys) == len(chains) > 0:
            yield _batch_contradicts(document, position)
            return
        position, chain = position + len(keys), chains[-1]


def _batch_contradicts(document: Document, position: int) -> str:
    return (
        f"position {position + 1}: the document that gives it (positions, _id {document['_id']!r}) contradicts itself"
    )


def _same(found: Document, written: Document) -> bool:
    """Equal in types too: to Python 1, 1.0 and True are the same."""
    try:
        return found == written and _CANONICAL.encode(found) == _CANONICAL.encode(written)
    except (TypeError, ValueError):
        return False
