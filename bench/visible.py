"""From a command to another connection that sees it, with a projector process between them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, bindparam, select

from domain import ids, post
from domain.account import RegisterAccount
from domain.messages import Envelope, Receipt
from readmodel.posts import posts

from .measure import Row, percentile, stopwatch
from .site import ROOT, BenchSite

COMMANDS = 1_000
IDLE_S = 5.0
PATIENCE_S = 30.0
LOOK_S = 0.0002
_SHOWN = select(posts.c.version).where(posts.c.id == bindparam("id"))


def run(folder: Path, size: int | None) -> Iterator[Row]:
    site = BenchSite(folder / "site")
    site.bus.send(RegisterAccount(handle="ann"), Envelope(actor="ann", at=ids.now()))
    with _projector(site.folder) as process, site.generations.connect() as looking:
        _publish(site)
        seconds = [_until_visible(site, looking) for _ in range(size or COMMANDS)]
        idle = _cpu_share(process.pid, IDLE_S if size is None else 0.2)
    site.close()
    p50, p99 = percentile(seconds, 50) * 1000, percentile(seconds, 99) * 1000
    yield Row(
        what="command to visible",
        ours=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        floor="",
        value=f"p99 {p99:.1f} ms",
        target="< 50 ms",
        ok=p99 < 50,
        how=f"{len(seconds):,} NewPost through the bus, one at a time, each timed from before it is sent until its row "
        "is read on another connection; `python -m projector` is a process of its own. "
        f"Slowest {max(seconds) * 1000:.1f} ms.",
    )
    yield Row(
        what="projector, idle",
        ours=f"{idle:.1%} of one core",
        value=f"{idle:.1%}",
        how="Its processor time while nothing happens: it looks for new commits every few milliseconds.",
    )


def _publish(site: BenchSite) -> Receipt:
    command = post.NewPost(post=ids.uuid7(), title="A title", body="Some words.")
    return site.bus.send(command, Envelope(actor="ann", at=ids.now(), command_id=ids.uuid7()))


def _until_visible(site: BenchSite, looking: Connection) -> float:
    time.sleep(random.uniform(0, 0.01))  # so that it meets the projector's naps at any point
    with stopwatch() as seconds:
        receipt = _publish(site)
        until = time.monotonic() + PATIENCE_S
        while looking.execute(_SHOWN, {"id": receipt.subject}).scalar_one_or_none() is None:
            if time.monotonic() > until:
                raise RuntimeError(f"{receipt.stream} isn't visible after {PATIENCE_S:.0f} s")
            time.sleep(LOOK_S)
    return seconds[0]


@contextmanager
def _projector(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environ = {**os.environ, "DATA_DIR": str(folder)}
    for name in ("EVENT_STORE_URL", "EVENT_LOG_URL", "READ_MODEL_URL"):
        environ.pop(name, None)
    with (folder / "projector.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "projector"], cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def _cpu_share(pid: int, over_s: float) -> float:
    """The part of one core that a process uses (Linux's /proc), watched for so long."""
    before = _cpu_s(pid)
    time.sleep(over_s)
    return (_cpu_s(pid) - before) / over_s


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
