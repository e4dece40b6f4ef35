"""Kafka and a MongoDB server of a drill's own, by bin/services: on free ports, with data that goes when they go.

What they are called is in the environment, so that whoever has it can stop and kill them.
"""

import os
import random
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.services.servers import servers
from tools.services.settings import ADDRESS, read_settings

from .processes import ROOT, python

PORT_VARIABLES = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "MONGO_PORT", "POSTGRES_PORT")
# Below those that the kernel gives out: a connection of somebody else's must not sit on the port of a dead server.
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000


class ServersUnavailable(Exception):
    """The servers' programs aren't on this machine, or they don't start; the message says more."""


@contextmanager
def running(folder: Path) -> Iterator[Mapping[str, str]]:
    """All of them. Gives what their users need in their environment. Raises ServersUnavailable."""
    ports = [port for port in random.sample(range(LOWEST_PORT, HIGHEST_PORT), 100) if _is_free(port)]
    environment = {"VERBATIM_SERVICES_DIR": str(folder), **dict(zip(PORT_VARIABLES, map(str, ports), strict=False))}
    _link_programs(folder)
    try:
        run_services("up", **environment)
        yield environment
    finally:
        run_services("down", "--fresh", **environment)


def run_services(*words: str, **environment: str) -> None:
    """`bin/services` with these words. Raises ServersUnavailable where it fails."""
    done = subprocess.run(
        python("tools.services", *words), cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise ServersUnavailable(f"bin/services {' '.join(words)}: {done.stderr.strip()}")


def site_settings(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """A site's settings on these servers: a database, a topic and a group of its own, by its name."""
    kafka, mongo = (f"{ADDRESS}:{environment[port]}" for port in ("KAFKA_PORT", "MONGO_PORT"))
    return {
        "EVENT_STORE_URL": f"mongodb://{mongo}/{name}",
        "EVENT_LOG_URL": f"kafka://{kafka}/{name}?group={name}",
        "SECRET_KEY": name,
    }


def _link_programs(folder: Path) -> None:
    """Uses the programs that are installed already: only data, locks and logs are the drill's own."""
    installed = read_settings()
    missing = [one.name for one in servers(installed, ()).chosen if not one.installed()]
    if missing:
        raise ServersUnavailable(f"{', '.join(missing)} must be installed first: run bin/services up")
    (folder / "programs").symlink_to(installed.root / "programs")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, port)) != 0
