"""`migrate`: brings the read model's tables up to date before the site starts."""

import click

import bootstrap
from readmodel.engine.mssql import ensure_database

from .output import out
from .read_model import print_advice, print_mismatch


@click.command()
def migrate() -> None:
    """Bring the read model up to date, and check that the event store is whole."""
    store = bootstrap.event_store()
    store.check()
    if ensure_database(bootstrap.settings().read_model_url):
        out.print("The read model's database was missing, and is made.")
    generations = bootstrap.generations()
    generation = generations.migrate()
    store.id()
    out.print(f"Event store at position {store.head()[0]:,}; read model generation {generation.number} is live.")
    if generations.is_outdated():
        out.print("It was filled for other read models: the projector fills a fresh one beside it, and switches.")
    print_mismatch(generations, store)
    print_advice(generations)
