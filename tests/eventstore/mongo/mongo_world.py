"""Sequencing whatever is pending."""

from contextlib import suppress

from domain.errors import Unavailable
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.sequencer import Sequencer


def number_all(store: MongoEventStore) -> None:
    while store.waiting(1):
        number(Sequencer(store), 500)


def number(sequencer: Sequencer, limit: int) -> None:
    """FerretDB's PostgreSQL resolves a race of an insert with an update as a deadlock now and then: next time, then."""
    with suppress(Unavailable):
        sequencer.step(limit)
