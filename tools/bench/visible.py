"""From a command to another connection that sees it, with a projector process between them."""

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, bindparam, select

from domain import ids, post
from domain.account import RegisterAccount
from domain.bus import CommandBus
from domain.messages import Envelope, Receipt
from readmodel.posts import posts

from .copier import copied, opened, wait
from .measure import Row, in_turns, percentile, spread, stopwatch
from .processes import running
from .site import BenchSite

COMMANDS = 1_000
MIN_IDLE_S = 5.0
TARGET_MS = 50
SETTINGS = ("EVENT_STORE_URL", "EVENT_LOG_URL", "READ_MODEL_URL", "READ_MODEL_OPTIONS")
_SHOWN = select(posts.c.version).where(posts.c.id == bindparam("id"))


def run(folder: Path, size: int | None) -> Iterator[Row]:
    site = BenchSite(folder / "site")
    site.bus.send(RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))
    with _projector(site.folder) as process, _copier(folder) as floor, site.generations.connect() as looking:
        ours = visible(site.bus, looking)
        ours()
        floor()
        turns = in_turns(after_a_nap(ours), after_a_nap(floor), size or COMMANDS)
        idle = _cpu_share(process.pid, MIN_IDLE_S if size is None else 0.2)
    site.close()
    p99 = percentile(turns.ours, 99) * 1000
    yield Row(
        what="command to visible",
        ours=spread(turns.ours),
        floor=spread(turns.floor),
        value=f"p99 {p99:.1f} ms",
        target=f"< {TARGET_MS} ms",
        ok=p99 < TARGET_MS,
        how=f"{len(turns.ours):,} NewPost through the bus, each timed from before it is sent until its row is read on "
        "another connection; `python -m projector` is a process of its own. Beside it, for what the machine allows: a "
        "bare sqlite3 insert, a process that copies it to a second file, and a look there.",
    )
    yield Row(
        what="projector, idle",
        ours=f"{idle:.1%} of one core",
        value=f"{idle:.1%}",
        how="Its processor time while nothing happens: it looks for new commits every few milliseconds.",
    )


def visible(bus: CommandBus, looking: Connection) -> Callable[[], float]:
    """Gives what publishes a post and waits until its row shows: the seconds from before to after."""

    def once() -> float:
        with stopwatch() as seconds:
            id = _publish(bus).subject
            wait(lambda: looking.execute(_SHOWN, {"id": id}).scalar_one_or_none() is not None)
        return seconds[0]

    return once


def _publish(bus: CommandBus) -> Receipt:
    command = post.NewPost(post=ids.uuid7(), title="A title", body="Some words.")
    return bus.send(command, Envelope(actor="ann", at=ids.now(), command_id=ids.uuid7()))


def after_a_nap(timed: Callable[[], float]) -> Callable[[], float]:
    """At any point of the other process's ticks."""

    def once() -> float:
        time.sleep(random.uniform(0, 0.01))
        return timed()

    return once


@contextmanager
def _projector(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environ = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    with running(folder, environ | {"DATA_DIR": str(folder)}, "projector") as process:
        yield process


@contextmanager
def _copier(folder: Path) -> Iterator[Callable[[], float]]:
    source, target = folder / "copied-from.db", folder / "copied-to.db"
    with (
        closing(opened(source, "FULL")) as writing,
        closing(opened(target, "NORMAL")) as looking,
        running(folder, dict(os.environ), "tools.bench.copier", str(source), str(target)),
    ):
        yield copied(writing, looking)


def _cpu_share(pid: int, over_s: float) -> float:
    """The part of one core that a process uses (Linux's /proc), watched for so long."""
    before = _cpu_s(pid)
    time.sleep(over_s)
    return (_cpu_s(pid) - before) / over_s


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
