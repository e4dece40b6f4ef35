"""The event store's part of `bin/verbatim verify`: its hash chain, and whether it holds all that was ever seen."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine

from eventstore.heads import Head, deviation
from eventstore.verification import StoreVerification, VerifiableStore
from operational import store_heads
from operational.store_heads import SeenHead

ACCEPT = "If an older backup was restored on purpose, accept it: `bin/verbatim verify --accept`."


class StoreReport:
    """Checks the event store and prints its faults. sound: no fault was found; head: of what was verified."""

    def __init__(self, store: VerifiableStore, out: Console) -> None:
        self._store = store
        self._out = out
        self.sound = True
        self.head = StoreVerification(store).head

    def chain(self) -> None:
        """Verifies every commit of the store by its hash chain."""
        verification = StoreVerification(self._store)
        self._print("chain", verification.faults())
        self.head = verification.head
        if self.sound:
            self._out.print(f"Chain: {self.head.position:,} commits, every one as it was written.")

    def since(self, file: Path, head: Head) -> None:
        """Compares the store with a head that was saved in a file."""
        if wrong := deviation(self._store, head):
            self._print("since", [f"{wrong} ({file}, of {head.at})"])
        else:
            self._out.print(f"Since {head.at}: nothing is lost or changed up to {head}.", soft_wrap=True)

    def seen(self, control: Engine, *, accept: bool) -> None:
        """Compares the store with the highest head ever seen. Saves the present one if it is sound, or accepted."""
        kept = store_heads.highest(control)
        before = kept and Head(at=kept.at, chain=kept.chain, position=kept.position)
        wrong = deviation(self._store, before) if before else ""
        now = SeenHead(at=self.head.at, chain=self.head.chain, position=self.head.position)
        if wrong and accept and self.sound:
            store_heads.accept(control, now)
            self._out.print(f"Accepted: {wrong}. Seen before: {before}; from now on: {self.head}.", soft_wrap=True)
        elif wrong:
            self._print("head", [f"{wrong} (seen at {before and before.at}). {self._advice(accept=accept)}"])
        else:
            if accept:
                self._out.print("Nothing to accept: the event store holds all that was ever seen of it.")
            if self.sound and self.head.position:
                store_heads.record(control, now)

    def _advice(self, *, accept: bool) -> str:
        return "Not accepted, since the store isn't sound by itself" if accept else ACCEPT

    def _print(self, label: str, found: Iterator[str] | list[str]) -> None:
        for fault in found:
            self._out.print(f"[red]{label}:[/] ", end="")
            self._out.print(fault, markup=False, soft_wrap=True)
            self.sound = False
