"""Kafka and FerretDB as one set: started in the order they need each other, all together or some by name."""

import contextlib
import fcntl
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tools.services import ferretdb, kafka, postgres
from tools.services.daemon import Daemon
from tools.services.settings import ADDRESS, ServiceError, ServiceSettings

GROUPS = {"mongo": ("postgres", "ferretdb")}
NAMES = ("kafka", "mongo", "postgres", "ferretdb")


@dataclass(frozen=True)
class Servers:
    """Those that were asked for. Only what `env` and `status` print goes to stdout, the rest to stderr."""

    settings: ServiceSettings
    chosen: Sequence[Daemon]

    def up(self) -> None:
        began = time.monotonic()
        self.install()
        # Kafka, the slowest, gets ready while the others do; FerretDB needs a PostgreSQL that answers.
        for one in self.chosen:
            one.start()
            if one.name == "postgres":
                one.wait()
        for one in self.chosen:
            one.wait()
        print(f"Up in {time.monotonic() - began:.1f} s: {', '.join(self.names())}.", file=sys.stderr)
        self.env()

    def install(self) -> None:
        missing = [one.name for one in self.chosen if not one.installed()]
        if missing:
            print(f"Installing {', '.join(missing)} under {self.settings.root} (minutes, once) …", file=sys.stderr)
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(one.install) for one in self.chosen]:
                done.result()

    def down(self) -> None:
        for one in reversed(self.chosen):
            one.stop()

    def wipe(self) -> None:
        """Their data, logs and settings; the programs stay."""
        self.down()
        for one in self.chosen:
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(one.state)

    def restart(self) -> None:
        self.down()
        self.up()

    def kill(self) -> None:
        for one in self.chosen:
            one.kill()

    def stop(self) -> None:
        for one in self.chosen:
            one.freeze()

    def cont(self) -> None:
        for one in self.chosen:
            one.thaw()

    def status(self) -> None:
        """Raises ServiceError unless all answer."""
        for one in self.chosen:
            print(f"{one.name:<9} pid {one.pid() or '-':<8} port {one.port:<6} {one.health():<16} {one.log}")
        silent = [one.name for one in self.chosen if one.health() != "answers"]
        if silent:
            raise ServiceError(f"Not there: {', '.join(silent)}.")

    def env(self) -> None:
        if "ferretdb" in self.names():
            print(f"EVENT_STORE_URL=mongodb://{ADDRESS}:{self.settings.mongo_port}/verbatim")
        if "kafka" in self.names():
            print(f"EVENT_LOG_URL=kafka://{ADDRESS}:{self.settings.kafka_port}/verbatim.commits")

    def names(self) -> list[str]:
        return [one.name for one in self.chosen]


def servers(settings: ServiceSettings, names: Sequence[str]) -> Servers:
    """By name; all without one. Raises ServiceError for a name there isn't."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise ServiceError(f"There is no service {unknown[0]!r}; there are {', '.join(NAMES)}.")
    wanted = {part for name in names for part in GROUPS.get(name, (name,))}
    everything = [module.daemon(settings) for module in (kafka, postgres, ferretdb)]
    return Servers(settings, [one for one in everything if not wanted or one.name in wanted])


@contextlib.contextmanager
def exclusively(settings: ServiceSettings) -> Iterator[None]:
    """Two at once would start, or install, the same thing twice."""
    settings.root.mkdir(parents=True, exist_ok=True)
    with settings.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
