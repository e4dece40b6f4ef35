"""Rows that several projectors change: only tallies are, and every batch writes them in one order."""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, event

from domain import account, comment, like, post
from readmodel import catalogue
from readmodel.accounts import author_counts
from readmodel.engine import schema
from readmodel.engine.model import Fact
from readmodel.tags import tag_counts
from tests.readmodel.site import Site, empty_tables, facts_of, fold

TALLIES = (author_counts.name, tag_counts.name)
Key = tuple[Any, ...]


def varied(site: Site) -> list[Fact]:
    """Three threads with tags and authors in common, with everything that makes rows change."""
    ids = [site.publish(f"#t{number} #both", by=by) for number, by in enumerate(("ann", "bob", "ann"))]
    for number, id in enumerate(ids):
        said = site.comment(id, "@ann #both", by="bob")
        site.comment(id, "indeed", by="ann", parent=said)
        site.like(f"post-{id}", "ann", "bob")
        site.like(f"comment-{said}", "ann")
        site.send(like.Unlike(target=f"post-{id}"), "bob")
        site.send(post.EditPost(post=id, version=1, title=f"#u{number}", body="#both @bob", reason="so"), "mod")
        site.send(comment.RemoveComment(comment=said, reason="rude"), "mod")
    site.send(post.RemovePost(post=ids[0], reason="off topic"), "mod")
    site.send(post.ErasePost(post=ids[1], reason="asked to"), "root")
    site.send(account.EditProfile(handle="ann", name="Ann", bio="#both"), "ann")
    return site.facts


def rows_by_key(connection: Connection) -> dict[tuple[str, Key], Key]:
    found = {}
    for table in schema.metadata.sorted_tables:
        width = len(table.primary_key)
        assert list(table.primary_key) == list(table.columns)[:width]
        for row in connection.execute(table.select()):
            found[table.name, tuple(row)[:width]] = tuple(row)
    return found


def test_no_row_but_a_tally_is_changed_by_what_two_partitions_may_hold(site: Site) -> None:
    varied(site)
    engine = empty_tables()
    changed_by: dict[tuple[str, Key], set[str]] = defaultdict(set)
    shown: dict[tuple[str, Key], Key] = {}
    for commit in site.store.read(0, 1_000):
        fold(engine, facts_of([commit]))
        with engine.connect() as connection:
            now = rows_by_key(connection)
        for row in shown.keys() | now.keys():
            if shown.get(row) != now.get(row):
                changed_by[row].add(commit.key)
        shown = now
    engine.dispose()

    shared = {table for (table, _), keys in changed_by.items() if len(keys) > 1}

    assert shared == set(TALLIES)


def locked(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    """Each row of a tally that one batch writes, in the order in which it is first written."""
    engine = empty_tables()
    fold(engine, facts[:8])
    found: dict[tuple[str, str], None] = {}

    def listen(_c: object, _cursor: object, sql: str, values: Any, _context: object, many: bool) -> None:
        verb, table = sql.split(maxsplit=1)[0], next((name for name in TALLIES if f" {name} " in f"{sql} "), None)
        if table is not None and verb != "SELECT":
            for row in values if many else [values]:
                found.setdefault((table, row[0] if verb == "INSERT" else row[-1]))

    event.listen(engine, "before_cursor_execute", listen)
    with engine.begin() as connection:
        catalogue.apply(connection, facts[8:])
    engine.dispose()
    return list(found)


def test_every_batch_locks_the_tallies_in_the_order_of_their_tables_and_keys(site: Site) -> None:
    facts = varied(site)
    streams = list(dict.fromkeys(fact.stream for fact in facts[8:]))
    orders = []
    for seed in range(10):
        random.Random(seed).shuffle(streams)
        batch = [fact for stream in streams for fact in facts[8:] if fact.stream == stream]
        orders.append(locked([*facts[:8], *batch]))

    assert len(orders[0]) > 5
    for order in orders:
        existing = [row for row in order if row[1] in ("ann", "bob")]
        tables = [table for table, _ in order]
        assert tables == sorted(tables)
        assert existing == sorted(existing)
    assert all(order == orders[0] for order in orders)
