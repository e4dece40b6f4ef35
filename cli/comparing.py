"""Comparison of the live read model with a fresh fold of the events, as commands make and print it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.table import Table

import bootstrap
from eventstore.codec import EventCodec
from projector.folding import CommitFolder
from projector.generation_fill import Progress
from projector.rebuild import Comparison, Rebuilder
from readmodel.generations.generations import Generations

from .output import out, progress_bar


def rebuilder_of(generations: Generations) -> Rebuilder:
    store = bootstrap.event_store()
    return Rebuilder(generations, store, CommitFolder(store, EventCodec()), bootstrap.partitions())


def print_comparison(comparison: Comparison | None) -> None:
    if comparison is None:
        out.print("The live read model couldn't be compared.")
        return
    table = Table("table", "rows", "live", "fresh fold", title=f"At position {comparison.position:,}")
    for name, fresh in comparison.fresh.items():
        live = comparison.live[name]
        mark = "" if live == fresh else "  differs"
        table.add_row(name, f"{fresh.rows:,}", live.sha256[:12], fresh.sha256[:12] + mark)
    out.print(table)
    for one in comparison.differences:
        out.print(
            f"differs: {one.table} {one.key}", f"  live  {one.live}", f"  fresh {one.fresh}", sep="\n", markup=False
        )
    if comparison.erasure_pending:
        out.print(f"Left out: {len(comparison.erasure_pending)} streams whose erasure isn't shown yet.")
    out.print("The live read model equals a fresh fold." if comparison.same else "[red]The live read model differs.[/]")


@contextmanager
def folding_bar(title: str) -> Iterator[Callable[[Progress], None]]:
    with progress_bar(title) as report:
        yield lambda progress: report(progress.done, progress.total)
