"""`verify`: the hash chain over the event store, and the live read model against a fresh fold."""

import sys
from pathlib import Path

import click

import bootstrap
from eventstore import heads

from .comparing import folding_bar, print_comparison, rebuilder_of
from .output import out
from .read_model import open_read_model, print_mismatch
from .store_report import StoreReport


@click.command()
@click.option(
    "--head", type=click.Path(dir_okay=False, path_type=Path),
    help="Write what the store has come to into FILE, if all is as it should be.",
)  # fmt: skip
@click.option(
    "--since", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with FILE, which --head has written earlier.",
)  # fmt: skip
@click.option("--accept", is_flag=True, help="Accept that an older store was restored: it holds less than was seen.")
def verify(head: Path | None, since: Path | None, accept: bool) -> None:
    """Check the hash chain over every commit, and the live read model against a fresh fold of them."""
    earlier = since and heads.read(since)
    store = bootstrap.event_store()
    report = StoreReport(store, out)
    report.chain()
    if since and earlier:
        report.since(since, earlier)
    generations = open_read_model()
    report.seen(generations.control, accept=accept)
    if print_mismatch(generations, store):
        sys.exit(1)
    with folding_bar("Folding afresh") as progress:
        comparison = rebuilder_of(generations).verify(progress)
    print_comparison(comparison)
    if waiting := bootstrap.lag_meter(store, generations).measure().commits:
        out.print(f"{waiting:,} commits aren't shown yet, and so not compared: the projector has to fold them first.")
    if not (report.sound and comparison.same):
        sys.exit(1)
    if head:
        heads.write(report.head, head)
        out.print(f"{head} holds {report.head}: keep it elsewhere.", markup=False, soft_wrap=True)
