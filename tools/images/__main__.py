"""bin/images: makes Docker, Docker Compose and the stand-in images ready, and takes them away again."""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.services.settings import ServiceError

from . import compose_plugin, engine, stand_ins
from .docker import label
from .settings import variables

HELP = """\
Docker where no image can be pulled: stand-ins under the names that docker-compose.yml and Dockerfile ask for.

  up       start Docker's engine where none answers, build Docker Compose and the stand-ins that are missing
           (minutes, once), and print the lines to set; with these, what README and docs/production.md say of
           `docker compose` works as it stands there
  status   whether the engine answers, and which stand-ins are there; exit code 1 unless all are
  down     stop the engine, if `up` started it; what runs in it ends
  env      only the lines to set
  cut      a site of its own, people who write, and hosts that are cut off in turn, for --seconds (60); then whether
           anything was lost, doubled or is stuck

Needs root on Debian, mvn and go 1.25. Programs, images and the engine's data are kept in ~/.cache/verbatim-images
(VERBATIM_IMAGES_DIR) and what bin/services has, in its folder. Real images are never replaced.
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "bin/images", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=[*ACTIONS, "cut"])
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args(arguments)
    try:
        return cut(asked.seconds) if asked.action == "cut" else ACTIONS[asked.action]()
    except ServiceError as reason:
        print(reason, file=sys.stderr)
        return 1


def up() -> int:
    began = time.monotonic()
    engine.start()
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(compose_plugin.install), pool.submit(stand_ins.ensure_all)]:
            done.result()
    print(f"Up in {time.monotonic() - began:.1f} s.", file=sys.stderr)
    return env()


def status() -> int:
    if not engine.answers():
        print("engine    does not answer")
        return 1
    print(f"engine    answers{', started by bin/images' if engine.started_pid() else ''}")
    found = {image: label(image, stand_ins.LABEL) for image in stand_ins.IMAGES}
    for image, digest in found.items():
        print(f"{image:<28} {'missing' if digest is None else digest[:12] or 'no stand-in'}")
    return 0 if all(found.values()) else 1


def down() -> int:
    engine.stop()
    return 0


def env() -> int:
    for name, value in variables().items():
        print(f"export {name}={value}")
    return 0


def cut(seconds: float) -> int:
    # Only this needs what the site itself needs; the rest is Python's own.
    from . import cut_drill

    up()
    return cut_drill.run(seconds)


ACTIONS = {"up": up, "status": status, "down": down, "env": env}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
