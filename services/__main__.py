"""bin/services: starts, shows, hurts and stops the servers."""

import argparse
import contextlib
import fcntl
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from services import ferretdb, kafka, postgres
from services.daemon import Daemon
from services.places import ADDRESS, Missing, Places, places

GROUPS = {"mongo": ("postgres", "ferretdb")}
NAMES = ("kafka", "mongo", "postgres", "ferretdb")
HELP = """\
Kafka, and FerretDB over PostgreSQL in MongoDB's place, on this machine's loopback.

  up [NAME…]         install what is missing (minutes, once), start, wait until each answers
  down [NAME…]       stop gracefully
  status             pid, port and health of each; exit code 1 unless all answer
  restart NAME…      down and up
  kill NAME…         SIGKILL to it and all under it, like a power cut
  stop|cont NAME…    SIGSTOP, SIGCONT
  env                only the environment lines to use

NAME is kafka or mongo, or a part of mongo: postgres, ferretdb. Without one: all.
Environment: KAFKA_PORT 9092, MONGO_PORT 27017 (each has its helper on the next port: KAFKA_CONTROLLER_PORT,
POSTGRES_PORT); other ports are another set of servers with data of its own. VERBATIM_SERVICES_DIR is where
programs, data and logs are kept (~/.cache/verbatim-services). DEBIAN_MIRROR: instead of apt's own.
"""


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    try:
        where = places()
        chosen = _chosen(where, asked.names)
        with _alone(where) if asked.action not in ("status", "env") else contextlib.nullcontext():
            return ACTIONS[asked.action](where, chosen, asked.fresh)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bin/services", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=list(ACTIONS))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--fresh", action="store_true", help="with up, restart, down: wipe their data as well")
    return parser


def _chosen(where: Places, names: Sequence[str]) -> list[Daemon]:
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise Missing(f"There is no service {unknown[0]!r}; there are {', '.join(NAMES)}.")
    wanted = {part for name in names for part in GROUPS.get(name, (name,))}
    everything = [module.daemon(where) for module in (kafka, postgres, ferretdb)]
    return [one for one in everything if not wanted or one.name in wanted]


@contextlib.contextmanager
def _alone(where: Places) -> Iterator[None]:
    """Two at once would start, or install, the same thing twice."""
    where.root.mkdir(parents=True, exist_ok=True)
    with where.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up(where: Places, chosen: Sequence[Daemon], fresh: bool) -> int:
    began = time.monotonic()
    if fresh:
        down(where, chosen, fresh)
    _install(chosen)
    # Kafka, the slowest, gets ready while the others do.
    for one in chosen:
        one.start()
        if one.name == "postgres":
            one.wait()
    for one in chosen:
        if one.name != "postgres":
            one.wait()
    print(f"Up in {time.monotonic() - began:.1f} s: {', '.join(one.name for one in chosen)}.", file=sys.stderr)
    return env(where, chosen, False)


def _install(chosen: Sequence[Daemon]) -> None:
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(one.install) for one in chosen]:
            done.result()


def down(where: Places, chosen: Sequence[Daemon], fresh: bool) -> int:
    for one in reversed(chosen):
        one.stop()
        if fresh:
            shutil.rmtree(one.state, ignore_errors=True)
    return 0


def restart(where: Places, chosen: Sequence[Daemon], fresh: bool) -> int:
    down(where, chosen, fresh)
    return up(where, chosen, False)


def status(where: Places, chosen: Sequence[Daemon], fresh: bool) -> int:
    healthy = True
    for one in chosen:
        pid = one.pid()
        answers = bool(pid) and one.answers()
        healthy = healthy and answers
        health = "answers" if answers else "does not answer" if pid else "down"
        print(f"{one.name:<9} pid {pid or '-':<8} port {one.port:<6} {health:<16} {one.log}")
    return 0 if healthy else 1


def env(where: Places, chosen: Sequence[Daemon], fresh: bool) -> int:
    names = {one.name for one in chosen}
    if "ferretdb" in names:
        print(f"EVENT_STORE_URL=mongodb://{ADDRESS}:{where.mongo_port}/verbatim")
    if "kafka" in names:
        print(f"EVENT_LOG_URL=kafka://{ADDRESS}:{where.kafka_port}/verbatim.commits")
    return 0


def _each(act: Callable[[Daemon], None]) -> Callable[[Places, Sequence[Daemon], bool], int]:
    def action(where: Places, chosen: Sequence[Daemon], fresh: bool) -> int:
        for one in chosen:
            act(one)
        return 0

    return action


ACTIONS: dict[str, Callable[[Places, Sequence[Daemon], bool], int]] = {
    "up": up,
    "down": down,
    "status": status,
    "restart": restart,
    "kill": _each(Daemon.kill),
    "stop": _each(Daemon.freeze),
    "cont": _each(Daemon.thaw),
    "env": env,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
