"""A process that appends to a store until told otherwise, and prints each commit's id once it is acknowledged.

python -m tests.eventstore.writer FILE STREAM COUNT
"""

import sys
from pathlib import Path

from eventstore.sqlite.store import SqliteEventStore
from tests.eventstore.samples import commit


def main(file: str, stream: str, count: str) -> None:
    store = SqliteEventStore(Path(file))
    loaded = store.load(stream)
    first = loaded[-1].last + 1 if loaded else 1
    for version in range(first, first + int(count)):
        print(store.append(commit(stream, version)).id, flush=True)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
