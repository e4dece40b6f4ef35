"""What tells one store from every other: a document that is made once, and comes and goes with the database."""

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain.errors import Unavailable
from domain.ids import uuid7

from .connection import answering
from .documents import Document


def identity(documents: Collection[Document]) -> str:
    """The store's id, made where there is none. Raises Unavailable."""
    with answering():
        found = documents.find_one({"_id": "identity"})
        if found is None:
            try:
                documents.insert_one(found := {"_id": "identity", "id": uuid7()})
            except DuplicateKeyError:
                found = documents.find_one({"_id": "identity"})
    if found is None:
        raise Unavailable("The event store's id is being made just now. Try again.")
    return str(found["id"])
