"""Switches to a filled generation so that no reader, in any process, sees less than before (docs/decisions/0038).

First every process is made to look up the live generation each time. Then the old one's gate is shut: nobody commits to
it any more. What is still missing is applied from the store, and the pointer moves in one step. Killed or frozen at any
point, the lease expires and a projector opens the gate again. Of an old one that doesn't match the store (see
readmodel.generations.store_match) nothing needs to be kept: it shows a past that is gone.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import Damaged
from eventstore.log.partitions import Partitions
from readmodel.engine import gate, progress
from readmodel.engine.progress import FILLED_FROM_STORE
from readmodel.generations.generation import Generation
from readmodel.generations.generations import Generations

from .generation_fill import GenerationFill


class Switchover:
    """The switch from the live generation, None where it is gone, to one that this process has a lease on.

    is_astray: whether the live one doesn't belong to the store.
    """

    def __init__(
        self, generations: Generations, partitions: Partitions, old: Generation | None, *, is_astray: bool
    ) -> None:
        self._generations = generations
        self._partitions = partitions
        self._old = old
        self._is_astray = is_astray

    def run(self, filling: GenerationFill) -> int | None:
        """Switches; returns the previous number. Raises LeaseLost, Conflict, Damaged; then nothing has changed."""
        number = filling.generation.number
        filling.to_head()
        self._generations.lifecycle.announce(number)
        filling.to_head()
        with self._shut(self._generations.lifecycle.lease(number).token):
            filling.to_head()
            filling.require_belonging()
            self._refuse_loss(filling.generation)
            self._start_from(filling)
            before = None if self._old is None else self._old.number
            return self._generations.lifecycle.switch(number, before, may_return=not self._is_astray)

    @contextmanager
    def _shut(self, token: str) -> Iterator[None]:
        """Shuts the old one's gate; opens it again where the switch fails."""
        if self._old is None:
            yield
            return
        with self._old.write() as connection:
            progress.shut(connection, token)
        try:
            yield
        except BaseException:
            with self._old.write() as connection:
                gate.open_again(connection, token)
            raise

    def _refuse_loss(self, fresh: Generation) -> None:
        """All that the store has is applied, but for what was parked: of that no less may be shown than before."""
        if self._old is None or self._is_astray:
            return
        with fresh.read() as after, self._old.read() as before:
            for letter in progress.parked(after):
                if progress.version(after, letter.stream) < progress.version(before, letter.stream):
                    raise Damaged(
                        f"{letter.stream} is shown, and can't be folded any more: {letter.error}. Nothing was switched."
                    )

    def _start_from(self, filling: GenerationFill) -> None:
        """A projector goes on where it was in the old one: what came before is in the new one, from the store."""
        reached: dict[int, int] = {}
        if self._old is not None:
            with self._old.read() as connection:
                reached = {
                    one: offset for one, (offset, _) in progress.offsets(connection).items() if one != FILLED_FROM_STORE
                }
        starts = self._partitions.starts(reached, filling.position)
        with filling.generation.write() as connection:
            progress.set_offsets(connection, starts, filling.position, filling.chain)
            gate.open_for_all(connection)
