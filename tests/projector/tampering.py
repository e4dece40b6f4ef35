"""Changes of a store behind its back, by somebody who knows how it is made: on SQLite and on MongoDB."""

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from eventstore.chain import link
from eventstore.codec import digest
from tests.projector.conftest import Backend

Document = dict[str, Any]


def canonical(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def execute(backend: Backend, sql: str, *parameters: object) -> None:
    with sqlite3.connect(backend.folder / "events.db") as raw:
        assert raw.execute(sql, parameters).rowcount > 0
    raw.close()


def change(backend: Backend, position: int, work: Callable[[Document], object]) -> None:
    """Changes the document of a commit."""
    id = backend.store.read(position - 1, 1)[0].id
    if backend.mongo is not None:
        document = backend.mongo.commits.find_one({"id": id})
        assert document is not None
        work(document)
        backend.mongo.commits.replace_one({"_id": document["_id"]}, document)
        return
    with sqlite3.connect(backend.folder / "events.db") as raw:
        document = msgspec.json.decode(
            raw.execute("SELECT document FROM commits WHERE position = ?", (position,)).fetchone()[0]
        )
        work(document)
        raw.execute("UPDATE commits SET document = ? WHERE position = ?", (canonical(document), position))
    raw.close()


def change_data(backend: Backend, position: int, **fields: Any) -> None:
    """Changes data of a commit's first event."""
    change(backend, position, lambda document: document["events"][0]["data"].update(fields))


def cut(backend: Backend, position: int) -> None:
    """Takes away all that came after a position, without a trace in the store."""
    gone = [commit.id for commit in backend.store.read(position, 1_000)]
    if backend.mongo is None:
        execute(backend, "DELETE FROM commits WHERE position > ?", position)
        return
    backend.mongo.commits.delete_many({"id": {"$in": gone}})
    batches = backend.mongo.database["numbers"]
    batches.delete_many({"_id": {"$gte": position}})
    for batch in list(batches.find({})):
        left = position - batch["_id"]
        kept = {"keys": batch["keys"][:left], "chains": batch["chains"][:left]}
        batches.update_one({"_id": batch["_id"]}, {"$set": kept})


def rewrite(backend: Backend, position: int, body: str) -> None:
    """Other words in an event, with a digest that fits, and the whole chain from there on made anew."""

    def work(document: Document) -> None:
        event = document["events"][0]
        event["data"]["body"] = body
        event["digest"] = digest(event["salt"], canonical(event["data"]))

    change(backend, position, work)
    chain, chains = "", []
    for commit in backend.store.read(0, 1_000):
        chain = link(chain, commit, commit.position)
        chains.append(chain)
    if backend.mongo is None:
        for at, link_of in enumerate(chains, 1):
            execute(backend, "UPDATE commits SET chain = ? WHERE position = ?", link_of, at)
        return
    batches = backend.mongo.database["numbers"]
    for batch in list(batches.find({})):
        base = batch["_id"]
        new = {"before": chains[base - 1] if base else "", "chains": chains[base : base + len(batch["keys"])]}
        batches.update_one({"_id": base}, {"$set": new})
