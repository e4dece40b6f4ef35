"""The mark of a restore that hasn't ended: a document in the store's database."""

from pymongo.collection import Collection

from .connection import translating_errors
from .documents import Document


class MongoRestoreMark:
    """Meets eventstore.restore_mark.RestoreMark. Its methods raise Unavailable."""

    def __init__(self, documents: Collection[Document]) -> None:
        self._documents = documents

    def source(self) -> str:
        with translating_errors():
            found = self._documents.find_one({"_id": "restoring"})
        return str(found["source"]) if found else ""

    def put(self, source: str) -> None:
        with translating_errors():
            self._documents.replace_one({"_id": "restoring"}, {"source": source}, upsert=True)

    def remove(self) -> None:
        with translating_errors():
            self._documents.delete_one({"_id": "restoring"})
