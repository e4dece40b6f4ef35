"""The store's identity: a document made once, which is copied and restored with the database."""

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.errors import Unavailable
from domain.ids import uuid7

from .connection import translating_errors
from .documents import Document


def identity(documents: Collection[Document]) -> str:
    """The store's id, made where there is none. Raises Unavailable."""
    with translating_errors():
        found = documents.find_one({"_id": "identity"})
        if found is None:
            try:
                documents.insert_one(found := {"_id": "identity", "id": uuid7()})
            except DuplicateKeyError:
                found = documents.find_one({"_id": "identity"})
    if found is None:
        raise Unavailable("The event store's id is being made just now. Try again.")
    return str(found["id"])
