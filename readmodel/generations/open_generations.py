"""The generations that this process has opened, each once."""

import threading
from typing import Any

from sqlalchemy import Engine

from readmodel.engine.engines import file_identity, generation_engine
from readmodel.engine.migrate import is_migrated, migrate_generation

from .errors import GenerationGone
from .generation import Generation


class OpenGenerations:
    """Opens generations and caches them by number. Safe to share between threads."""

    def __init__(self, control: Engine, options: dict[str, Any]) -> None:
        self._control = control
        self._options = options
        self._lock = threading.Lock()
        self._open: dict[int, tuple[tuple[int, int] | None, Generation]] = {}

    def find(self, number: int) -> Generation | None:
        """A generation by its number, opened once a process; None where its file is gone."""
        found = file_identity(self._control, number) if self._control.dialect.name == "sqlite" else None
        with self._lock:
            identity, generation = self._open.pop(number, (None, None))
            if generation is not None and identity != found:
                generation.dispose()
                generation = None
            if found is None and self._control.dialect.name == "sqlite":
                return None
            generation = generation or Generation(number, generation_engine(self._control, number, self._options))
            self._open[number] = found, generation
        return generation

    def migrated(self, number: int) -> Generation:
        """The same with today's tables. Raises GenerationGone."""
        if (generation := self.find(number)) is None:
            raise GenerationGone(f"The tables of generation {number} are gone.")
        if not is_migrated(generation.engine, number):
            migrate_generation(generation.engine, number)
        return generation

    def close_before(self, number: int) -> None:
        """Closes those with lower numbers; this process has no more use for them."""
        with self._lock:
            for old in [one for one in self._open if one < number]:
                self._open.pop(old)[1].dispose()

    def close(self, number: int) -> None:
        with self._lock:
            if (opened := self._open.pop(number, None)) is not None:
                opened[1].dispose()

    def close_all(self) -> None:
        for number in list(self._open):
            self.close(number)
