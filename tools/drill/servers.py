"""Kafka and a MongoDB server of a drill's own, by bin/services: on free ports, with data that goes when they go.

What they are called is in the environment, so that whoever has it can hurt them.
"""

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.services import servers as known
from tools.services.places import ADDRESS, places

from .processes import ROOT

PORTS = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "MONGO_PORT", "POSTGRES_PORT")
# Below those that the kernel deals out: a connection of somebody else's must not sit on the port of a dead server.
LOWEST, HIGHEST = 20_000, 32_000


class ServersUnavailable(Exception):
    """The servers' programs aren't on this machine, or they don't start; the message says more."""


@contextmanager
def running(folder: Path) -> Iterator[Mapping[str, str]]:
    """All of them, up. Gives what their users need in their environment. Raises ServersUnavailable."""
    environment = {"VERBATIM_SERVICES_DIR": str(folder), **dict(zip(PORTS, map(str, _free_ports()), strict=True))}
    _borrow_programs(folder)
    try:
        ask("up", **environment)
        yield environment
    finally:
        ask("down", "--fresh", **environment)


def ask(*words: str, **environment: str) -> None:
    """Has bin/services do something. Raises ServersUnavailable where it can't."""
    command = [sys.executable, "-m", "tools.services", *words]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServersUnavailable(f"bin/services {' '.join(words)}: {done.stderr.strip()}")


def settings(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """A site's settings on these servers: a database, a topic and a group of its own, by its name."""
    kafka, mongo = (f"{ADDRESS}:{environment[port]}" for port in ("KAFKA_PORT", "MONGO_PORT"))
    return {
        "EVENT_STORE_URL": f"mongodb://{mongo}/{name}",
        "EVENT_LOG_URL": f"kafka://{kafka}/{name}?group={name}",
        "SECRET_KEY": name,
    }


def _borrow_programs(folder: Path) -> None:
    """Those that are installed already, by a link: only data, locks and logs are ours."""
    where = places()
    missing = [one.name for one in known.servers(where, ()).chosen if not one.installed()]
    if missing:
        raise ServersUnavailable(f"{', '.join(missing)} must be installed first: run bin/services up")
    (folder / "programs").symlink_to(where.root / "programs")


def _free_ports() -> list[int]:
    return [port for port in random.sample(range(LOWEST, HIGHEST), 100) if _free(port)][: len(PORTS)]


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, port)) != 0
