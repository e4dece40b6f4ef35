"""`status`: positions, lag, generations, dead letters, repairs, backups, moderation, and people who leave."""

from typing import Any

import click
from rich.table import Table

import bootstrap
from operational import backup_runs, departures, moderation_cursor

from .output import out
from .read_model import open_read_model, print_advice, print_mismatch


@click.command()
def status() -> None:
    """Positions, lag, generations, dead letters, repairs, backups, moderation, and people who leave."""
    store = bootstrap.event_store()
    generations = open_read_model()
    found = generations.status()
    head = store.head()[0]
    table = Table(show_header=False, box=None)
    table.add_row("Event store", f"position {head:,}")
    table.add_row("Read model", f"generation {found['generation']}, position {found['checkpoint']:,}")
    lag = bootstrap.lag_meter(store, generations).measure()
    table.add_row("Lag", f"{lag.commits:,} commits, the oldest for {lag.seconds:,.1f} s")
    if lag.unsequenced:
        table.add_row("", f"{lag.unsequenced:,} of them have no position yet: is the relay running?")
    for one in lag.partitions:
        table.add_row(f"  partition {one.partition}", f"{one.commits:,} commits, the oldest for {one.seconds:,.1f} s")
    table.add_row("Dead letters", str(len(found["dead_letters"])))
    table.add_row("Repairs", str(len(found["repairs"])))
    runs = backup_runs.last(generations.control)
    for kind, title in (("backup", "Last backup"), ("rehearsal", "Last rehearsal")):
        run = runs.get(kind)
        table.add_row(title, f"{run.at}, position {run.position:,}, {run.seconds:,.1f} s" if run else "none yet")
    behind = moderation_cursor.lag(generations.control, store)
    table.add_row("Moderation", f"{behind.commits:,} commits behind, the oldest for {behind.seconds:,.1f} s")
    if behind.set_aside:
        table.add_row("", f"{behind.set_aside:,} put aside, since something can't be read: see the projector's log")
    leaving = departures.tally(generations.control)
    waiting, erasing = leaving.get("waiting", 0), leaving.get("erasing", 0)
    table.add_row("Leaving", f"{waiting:,} can come back, {erasing:,} being erased, {leaving.get('done', 0):,} done")
    out.print(table)
    print_mismatch(generations, store)
    _print_generations(found)
    for letter in found["dead_letters"]:
        out.print(f"  parked: {letter['stream']} from version {letter['version']}: {letter['error']}")
    for repair in found["repairs"]:
        out.print(f"  repaired {repair['found_at']}: {repair['stream']}: {repair['what']}")
    print_advice(generations)


def _print_generations(found: dict[str, Any]) -> None:
    """Prints what is wrong with the generations, and what is done about it."""
    if found["outdated"]:
        out.print("  The live generation was filled for other read models: the projector fills a fresh one.")
    for row in found["generations"]:
        if row["state"] in ("building", "ready"):
            out.print(f"  generation {row['number']} is being filled: {row['note']}", markup=False)
        if row["state"] in ("gone", "failed"):
            out.print(f"  generation {row['number']} is {row['state']}: {row['note']}", markup=False)
