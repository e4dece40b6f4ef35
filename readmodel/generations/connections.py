"""One connection for a whole request or wait, instead of one for each of its questions.

SQL Server has the live generation and the tables beside it in one database, so they share one; SQLite has a file each.
Taking a connection out of the pool and putting it back costs SQL Server three or four round trips.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from readmodel.engine.connections import RequestControl
from readmodel.engine.engines import reading

from .generation import Generation

if TYPE_CHECKING:
    from .generations import Generations


class Connections:
    """The connections of one request or wait, opened when first asked for. Not for several threads at once."""

    def __init__(self, generations: "Generations") -> None:
        self._generations = generations
        self._one_database = generations.control.dialect.name != "sqlite"
        self._opened = ExitStack()
        self._beside: Connection | None = None
        self._live: tuple[Generation, Connection] | None = None
        self._token: tuple[Generation, int] | None = None

    @property
    def control(self) -> RequestControl:
        return RequestControl(self._generations.control, self._reading_control)

    def live(self) -> Connection:
        """A reading connection to the generation that was live when this was first asked for, or at the last refresh.

        Raises NoGeneration before the first migration.
        """
        if self._live is not None and self._live[1].invalidated:
            self.close()
        if self._live is None:
            self._live = self._reading(self._generations.live(self.control))
        return self._live[1]

    def change_token(self) -> tuple[Generation, int]:
        """Equal to another request's only where nothing was committed in between; read once until the next refresh.

        On SQL Server a row that was repaired doesn't count.
        """
        connection = self.live()
        assert self._live is not None
        if self._token is None:
            self._token = self._live[0], self._live[0].change_counter(connection)
        return self._token

    def refresh(self) -> None:
        """What was committed meanwhile counts, and another generation may have gone live."""
        self._token = None
        if self._live is not None and self._generations.live(self.control) is not self._live[0]:
            self.close()

    def close(self) -> None:
        """Gives back what is open. What is asked afterwards opens it again."""
        self._beside = self._live = self._token = None
        self._opened.close()

    def _reading_control(self) -> Connection:
        if self._beside is not None and self._beside.invalidated:
            self.close()
        if self._beside is None:
            self._beside = self._opened.enter_context(reading(self._generations.control).connect())
        return self._beside

    def _reading(self, generation: Generation) -> tuple[Generation, Connection]:
        if not self._one_database:
            return generation, self._opened.enter_context(generation.read())
        schemas = generation.engine.get_execution_options()["schema_translate_map"]
        return generation, self._reading_control().execution_options(schema_translate_map=schemas)
