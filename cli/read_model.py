"""Opens the read model for commands, and prints warnings about its state."""

import bootstrap
from domain.ports import EventStore
from readmodel.engine.mssql import ensure_database
from readmodel.engine.snapshots import advice
from readmodel.generations.generations import Generations
from readmodel.generations.store_match import mismatch

from .output import err, out


def open_read_model() -> Generations:
    """Opens the read model, and creates or migrates it first: nobody may have started the site yet."""
    if ensure_database(bootstrap.settings().read_model_url):
        err.print("The read model's database was missing, and is made.")
    generations = bootstrap.generations()
    if not generations.is_migrated():
        generations.migrate()
        err.print("The read model was not there yet, or of an older version, and is migrated.")
    return generations


def print_mismatch(generations: Generations, store: EventStore) -> bool:
    """Prints whether the live read model was folded from another store than this, or another state. Returns whether."""
    with generations.connect() as connection:
        found = mismatch(connection, store)
    if found is not None:
        out.print(f"[red]mismatch:[/] {found}", soft_wrap=True)
    return found is not None


def print_advice(generations: Generations) -> None:
    """Prints what an administrator should set in the read model's database."""
    for sentence in advice(generations.control):
        out.print(sentence, markup=False, soft_wrap=True)
