"""Health checks of the containers: web answers that it is ready; with the others no work waits unmoved.

"Unmoved" is seen from one check to the next, so each keeps what it saw in a file under DATA_DIR.
"""

import contextlib
import os
import sys
import urllib.error
from pathlib import Path

from . import container_entrypoint, environment


def main(arguments: list[str]) -> int:
    match arguments:
        case ["web"]:
            return check_web()
        case ["relay"]:
            return check_progress("relay", *relay_progress())
        case ["projector"]:
            return check_progress("projector", *projector_progress())
        case ["webhooks"]:
            return check_progress("webhooks", *webhooks_progress())
    print("usage: python -m server.healthcheck web | relay | projector | webhooks", file=sys.stderr)
    return 2


def check_web() -> int:
    try:
        with environment.open_directly(f"http://127.0.0.1:{environment.port()}/readyz", timeout_s=4):
            return 0
    except urllib.error.HTTPError as error:
        print(error.read().decode(errors="replace"))
    except OSError as error:
        print(error)
    return 1


def relay_progress() -> tuple[int, bool]:
    """The last position given, and whether commits wait for one."""
    import bootstrap
    from eventstore.mongo.store import MongoEventStore

    store = MongoEventStore(bootstrap.settings().event_store_url)
    return store.head()[0], bool(store.waiting(1))


def projector_progress() -> tuple[int, bool]:
    """The last position shown, and whether the store has later ones."""
    import bootstrap

    shown = bootstrap.generations().live().position()
    return shown, shown < bootstrap.event_store().head()[0]


def webhooks_progress() -> tuple[int, bool]:
    """The last position that it has looked at, and whether the store has later ones."""
    import bootstrap
    from operational import webhook_cursor

    seen = webhook_cursor.position(bootstrap.generations().control)
    return seen, seen < bootstrap.event_store().head()[0]


def check_progress(name: str, position: int, waits: bool) -> int:
    """Remembers the position; 1 when work waits at the very position of the check before."""
    seen = environment.data_dir() / "run" / f"health-{name}"
    stuck = waits and previous_position(seen) == position
    seen.parent.mkdir(parents=True, exist_ok=True)
    seen.write_text(str(position))
    print(f"{name}: {'stuck' if stuck else 'working' if waits else 'idle'} at position {position}")
    return int(stuck)


def previous_position(seen: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(seen.read_text())
    return None


if __name__ == "__main__":
    container_entrypoint.set_urls(os.environ)
    sys.exit(main(sys.argv[1:]))
