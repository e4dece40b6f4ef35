"""The store's identity: a document made once, which is copied and restored with the database.

It also says which format the store's commits have, see docs/decisions/0095.
"""

from typing import Any

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.errors import Damaged, Unavailable
from domain.ids import uuid7
from eventstore.old_format import OLD_FORMAT

from .connection import translating_errors
from .documents import Document

FORMAT = 2
"""Of the store, not of events. The first one named people by their handles, and its document doesn't say so."""
_IDENTITY = {"_id": "identity"}


def identity(documents: Collection[Document]) -> str:
    """The store's id, made where there is none. Raises Unavailable."""
    with translating_errors():
        found = documents.find_one(_IDENTITY)
        if found is None:
            try:
                documents.insert_one(found := {**_IDENTITY, "id": uuid7(), "format": FORMAT})
            except DuplicateKeyError:
                found = documents.find_one(_IDENTITY)
    if found is None:
        raise Unavailable("The event store's id is being made just now. Try again.")
    return str(found["id"])


def require_format(documents: Collection[Document], commits: Collection[Document]) -> None:
    """Raises Damaged where the commits have another format, Unavailable. An empty store takes on this one."""
    with translating_errors():
        stored: Any = (documents.find_one(_IDENTITY) or {}).get("format")
        if stored is None and commits.find_one({}, {"_id": 1}) is not None:
            # Whoever made the identity meanwhile may have stored something, too.
            stored = (documents.find_one(_IDENTITY) or {}).get("format", FORMAT - 1)
        if stored is None:
            documents.update_one({**_IDENTITY, "format": {"$exists": False}}, {"$set": {"format": FORMAT}})
            return
    if stored < FORMAT:
        raise Damaged(f"The event store in MongoDB {OLD_FORMAT}")
    if stored > FORMAT:
        raise Damaged("The event store in MongoDB was written by a newer Verbatim. Run that one.")
