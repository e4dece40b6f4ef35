"""The queries that a page made of the read model, with digests of their answers: by these a cached page is validated.

The page is a function of its address, its language and these answers, so no list of what invalidates which page has to
be kept: a query that a page starts to ask counts by itself.
"""

import hashlib
from typing import Any

import msgspec
from flask import g
from sqlalchemy import Connection

from readmodel import catalogue
from readmodel.engine.queries import Query

_encoder = msgspec.msgpack.Encoder(order="deterministic")


class PageReads:
    """The queries of one page, each with a digest of its answer. body is the page itself, once it may be kept."""

    def __init__(self) -> None:
        self._digests: list[tuple[Query, bytes]] = []
        self.endpoint = self.content_type = self.etag = ""
        self.body: bytes | None = None

    def add(self, query: Query, answer: Any) -> None:
        self._digests.append((query, _digest(answer)))

    def are_unchanged(self, connection: Connection) -> bool:
        """Whether every query is answered as it was when the page was made."""
        return all(_digest(catalogue.answer(connection, query)) == digest for query, digest in self._digests)


def note(query: Query, answer: Any) -> None:
    """Adds to the reads of the request at hand, where its page may be kept."""
    if (reads := g.get("page_reads")) is not None:
        reads.add(query, answer)


def _digest(answer: Any) -> bytes:
    return hashlib.blake2b(_encoder.encode(answer), digest_size=16).digest()
