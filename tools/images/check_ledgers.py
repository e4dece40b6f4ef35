"""`python -m tools.images.check_ledgers FOLDER`, in a container of the site's: the drill's checker, on a site at rest.

Prints the verdict as JSON, with what hadn't been shown in time among what is stuck.
"""

import sys
from pathlib import Path

import msgspec

import bootstrap
from tools.drill import ledger
from tools.drill.catch_up import wait_until_caught_up
from tools.drill.checker import check

CATCH_UP_TIMEOUT_S = 180.0


def main(folder: Path) -> None:
    store, generations = bootstrap.event_store(), bootstrap.generations()
    ledgers = ledger.read(folder)
    behind = wait_until_caught_up(ledgers, store, generations, CATCH_UP_TIMEOUT_S)
    verdict = check(ledgers, store, generations)
    verdict.violations["stuck"] += behind
    sys.stdout.write(msgspec.json.encode(verdict).decode() + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
