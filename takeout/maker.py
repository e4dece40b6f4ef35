"""Makes takeouts, one after the other, step by step: beside a projector's own work.

A step's output, the cursor behind it and the lease are saved in one transaction. Whoever is killed leaves whole steps,
and the next maker goes on behind the last of them.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Unavailable, first_line
from domain.ids import from_now, now, uuid7
from domain.ports import EventStore
from operational import takeout_pieces, takeouts
from operational.takeout_pieces import StoredFile
from operational.takeouts import LeaseLost, Problem, Takeout
from readmodel.engine.connections import changing
from readmodel.generations.errors import GenerationGone, NoGeneration
from readmodel.generations.generations import Generations
from retention import DEFAULT, Retention

from . import archive, sources, stages
from .archive import LAST_PIECE, ArchivedFile
from .ownership import shown_names
from .stages import Cursor, Subject

LEASE = timedelta(seconds=20)
"""Longer than a step takes on a busy machine: after a crash the next maker waits for its end."""
POLL_S, STEP_PAUSE_S = 1.0, 0.01
"""Between looks for work, and between steps, so that the projecting beside it keeps its pace."""
PRUNE_EVERY_LOOKS = 10
MAX_FAILURES = 5
"""Attempts at one step; then it has failed, and its owner may ask for it again."""
RETRY_AFTER = timedelta(seconds=5)
_FULL = ("database or disk is full", "(1105)", "(1101)", "(9002)")
"""What SQLite and SQL Server say where there is no room; their messages are in English here."""

log = structlog.get_logger("takeout")


class TakeoutMaker:
    """Of one process. Several may run: a takeout is made by one of them at a time.

    base: the site's address; retention: how long takeouts are kept, and what goes into one.
    """

    def __init__(
        self,
        generations: Generations,
        store: EventStore,
        base: str,
        *,
        retention: Retention = DEFAULT,
        lease: timedelta = LEASE,
    ) -> None:
        self._generations = generations
        self._control = generations.control
        self._store = store
        self._base = base
        self._retention = retention
        self._lease = lease

    def run(self, stop: Event) -> None:
        """Until stop is set."""
        looks = 0
        while not stop.wait(POLL_S):
            try:
                if looks % PRUNE_EVERY_LOOKS == 0:
                    self.prune()
                self.look(stop)
                looks += 1
            except (Unavailable, SQLAlchemyError) as error:
                log.warning("takeout: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("takeout: failed")

    def prune(self) -> None:
        """Deletes the takeouts whose time is over, with their files and pieces."""
        takeouts.prune(self._control, self._retention.takeouts)

    def look(self, stop: Event) -> bool:
        """Makes one takeout, if one waits, to its end or until stop is set. Whether there was one."""
        taken = takeouts.take(self._control, from_now(self._lease))
        if taken is None:
            return False
        try:
            self._make(taken, stop)
        except LeaseLost:
            log.info("takeout: another maker has it, or it begins anew", takeout=taken.id)
        return True

    def _make(self, taken: Takeout, stop: Event) -> None:
        files = takeout_pieces.files_of(self._control, taken.id)
        while taken.state == "running" and not stop.wait(STEP_PAUSE_S):
            try:
                taken, files = self._step(taken, files)
            except LeaseLost:
                raise
            except (Unavailable, SQLAlchemyError, GenerationGone, NoGeneration) as error:
                log.warning("takeout: unavailable, retrying", takeout=taken.id, error=first_line(error))
                self._put_back(taken, 0, "space" if _is_full(error) else "")
                return
            except Exception as error:
                log.exception("takeout: a step failed", takeout=taken.id)
                self._put_back(taken, taken.failures + 1, "space" if _is_full(error) else "")
                return
        if taken.state == "running":
            with changing(self._control) as connection:
                takeouts.save(connection, taken, state="waiting", leased_until=now())

    def _step(self, taken: Takeout, files: dict[str, StoredFile]) -> tuple[Takeout, dict[str, StoredFile]]:
        """Makes and saves one step. Raises LeaseLost."""
        cursor = msgspec.json.decode(taken.cursor, type=Cursor) if taken.cursor else Cursor()
        total = taken.total
        with self._subject(taken, files) as subject:
            if not taken.cursor:
                total = sources.count_writings(subject.read, subject.person)
            out, following = stages.step(subject, cursor)
        additions = [(name, data, archive.compressed(data)) for name, data in out.data().items()]
        if following is None:
            names = dict.fromkeys([*files, *(name for name, _, _ in additions)])
            additions += [(name, b"", LAST_PIECE) for name in names]
        end = {"state": "done", "ended_at": now(), "cursor": ""} if following is None else {}
        columns = {"cursor": _encoded(following), "leased_until": from_now(self._lease), "failures": 0} | end
        done = out.counts.get(stages.WRITINGS, 0)
        with changing(self._control) as connection:
            taken = takeouts.save(connection, taken, done=done, total=max(total, done), **columns)
            files = dict(files)
            for name, data, piece in additions:
                was = files.get(name)
                grown = _grown(was or StoredFile(number=len(files), name=name), data, piece)
                files[name] = takeout_pieces.add(connection, taken.id, was, grown, piece)
        if following is None:
            log.info("takeout: done", takeout=taken.id, writings=done)
        return taken, files

    def _put_back(self, taken: Takeout, failures: int, problem: Problem) -> None:
        """Has the step tried again in a while, or gives up. Where there is no room, what was made makes some."""
        try:
            with changing(self._control) as connection:
                if problem == "space":
                    anew = {"id": uuid7(), "cursor": "", "done": 0, "total": 0}
                    takeouts.save(connection, taken, state="failed", ended_at=now(), problem=problem, **anew)
                elif failures < MAX_FAILURES:
                    later = from_now(RETRY_AFTER)
                    takeouts.save(connection, taken, state="waiting", leased_until=later, failures=failures)
                else:
                    takeouts.save(connection, taken, state="failed", ended_at=now(), problem="error")
            takeout_pieces.drop_orphans(self._control)
        except SQLAlchemyError as unsaved:
            log.warning("takeout: goes on when the lease has run out", error=first_line(unsaved))

    @contextmanager
    def _subject(self, taken: Takeout, files: dict[str, StoredFile]) -> Iterator[Subject]:
        def lines_of(name: str, limit: int) -> list[Any]:
            return self._first_lines(taken, files[name], limit)

        with self._generations.live().snapshot() as connection:
            yield Subject(
                person=taken.account,
                handle=shown_names(connection, [taken.account])[taken.account],
                language=taken.language,
                base=self._base,
                requested_at=taken.requested_at,
                control=self._control,
                read=connection,
                store=self._store,
                retention=self._retention,
                lines_of=lines_of,
            )

    def _first_lines(self, taken: Takeout, file: StoredFile, limit: int) -> list[Any]:
        """Up to limit lines from the beginning of a file that is being made."""
        unpacked, rest = zlib.decompressobj(-zlib.MAX_WBITS), b""
        found: list[bytes] = []
        for piece in takeout_pieces.pieces_of(self._control, taken.id, file):
            *whole, rest = (rest + unpacked.decompress(piece)).split(b"\n")
            found += whole
            if len(found) >= limit:
                break
        return [msgspec.json.decode(line) for line in found[:limit]]


def _grown(file: StoredFile, data: bytes, piece: bytes) -> StoredFile:
    """With more data at its end; its pieces are counted where they are stored."""
    known = ArchivedFile(name=file.name, crc=file.crc, size=file.size, packed=file.packed).plus(data, piece)
    return msgspec.structs.replace(file, crc=known.crc, size=known.size, packed=known.packed)


def _encoded(cursor: Cursor | None) -> str:
    return msgspec.json.encode(cursor).decode() if cursor else ""


def _is_full(error: Exception) -> bool:
    return any(said in str(error) for said in _FULL)
