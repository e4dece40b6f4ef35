"""`rebuild` and `replay`: the read model, or parked streams of it, folded anew from the events."""

import sys

import click

import bootstrap
from eventstore.codec import EventCodec
from projector.folding import CommitFolder

from .comparing import folding_bar, print_comparison, rebuilder_of
from .output import out
from .read_model import open_read_model, print_mismatch


@click.command()
@click.option("--no-switch", is_flag=True, help="Fill and compare only; leave the live generation as it is.")
@click.option("--back", is_flag=True, help="Switch back to the generation before the last rebuild.")
def rebuild(no_switch: bool, back: bool) -> None:
    """Fill a new read model from the events while the old one serves, compare, and switch to it."""
    generations = open_read_model()
    rebuilder = rebuilder_of(generations)
    is_astray = print_mismatch(generations, bootstrap.event_store())
    generations.lifecycle.wait_for_turn()
    if back:
        out.print(f"Back on generation {rebuilder.switch_back()}.")
        return
    with folding_bar("Rebuilding") as report:
        fresh, comparison = rebuilder.fill(report)
    print_comparison(comparison)
    if no_switch:
        rebuilder.discard(fresh)
        out.print("Not switched; the live generation is as it was.")
        return
    before = rebuilder.switch(fresh)
    way_back = "" if is_astray else f" `bin/verbatim rebuild --back` returns to generation {before}."
    out.print(f"Generation {fresh.number} is live.{way_back}")


@click.command()
@click.argument("stream", required=False)
def replay(stream: str | None) -> None:
    """Take parked streams up again: STREAM, or all of them."""
    store = bootstrap.event_store()
    generations = open_read_model()
    if print_mismatch(generations, store):
        sys.exit(1)
    live = generations.live()
    folder = CommitFolder(store, EventCodec())
    letters = [letter for letter in generations.parked() if stream in (None, letter.stream)]
    still = False
    for letter in letters:
        with live.write() as connection:
            parked = folder.replay(connection, letter.stream).parked
        out.print(f"{letter.stream}: " + (f"still parked: {letter.error}" if parked else "replayed"))
        still = still or bool(parked)
    if not letters:
        out.print("Nothing is parked." if stream is None else f"{stream} isn't parked.")
    if still:
        sys.exit(1)
