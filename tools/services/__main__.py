"""bin/services: starts, shows, kills, freezes and stops the servers."""

import argparse
import contextlib
import sys
from collections.abc import Sequence

from tools.services.servers import Servers, exclusively, servers
from tools.services.settings import ServiceError, read_settings

HELP = """\
Kafka, and FerretDB over PostgreSQL in MongoDB's place, on this machine's loopback.

  up [NAME…]         install what is missing (minutes, once), start, wait until each answers
  down [NAME…]       stop gracefully
  status [NAME…]     pid, port and health of each; exit code 1 unless all answer
  restart [NAME…]    down and up
  kill [NAME…]       SIGKILL to it and all under it, like a power cut
  stop|cont [NAME…]  SIGSTOP, SIGCONT
  env [NAME…]        only the environment lines to use

NAME is kafka or mongo, or a part of mongo: postgres, ferretdb. Without one: all.
Environment: KAFKA_PORT 9092, MONGO_PORT 27017 (each has its helper on the next port: KAFKA_CONTROLLER_PORT,
POSTGRES_PORT); other ports are another set of servers with data of its own. VERBATIM_SERVICES_DIR is where
programs, data and logs are kept (~/.cache/verbatim-services). DEBIAN_MIRROR: instead of apt's own.
"""
ACTIONS = {
    "up": Servers.up,
    "down": Servers.down,
    "status": Servers.status,
    "restart": Servers.restart,
    "kill": Servers.kill,
    "stop": Servers.stop,
    "cont": Servers.cont,
    "env": Servers.env,
}
# These only look, and need not wait for an `up` under way.
READ_ONLY_ACTIONS = ("status", "env")


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        chosen = servers(settings, asked.names)
        with contextlib.nullcontext() if asked.action in READ_ONLY_ACTIONS else exclusively(settings):
            if asked.fresh:
                chosen.wipe()
            ACTIONS[asked.action](chosen)
    except ServiceError as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "bin/services", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=list(ACTIONS))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--fresh", action="store_true", help="first stop them and wipe their data")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
