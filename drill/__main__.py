"""`bin/drill`: plays rounds, each on a fresh site in a temporary folder, and says what they came to."""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from .places import CannotMount, mounted
from .processes import ROOT, python
from .rounds import ROUNDS, Round
from .stage import Outcome
from .verdict import Verdict

SHORT_S = 2.0
SHORT_WRITERS = 4


def main() -> int:
    asked = _asked()
    print(f"seed {asked.seed}; the same seed gives the same plan, not the same moments", flush=True)
    total, harm, skipped = Verdict(), 0, []
    for name in asked.round or ROUNDS:
        folder = Path(tempfile.mkdtemp(prefix=f"verbatim-drill-{name}-"))
        try:
            outcome = _played(name, folder, asked)
        except CannotMount as reason:
            print(f"{name}: skipped, it needs a small file system of its own ({reason})", flush=True)
            skipped.append(name)
            continue
        total.add(outcome.verdict)
        harm += sum(outcome.done.values())
        _say(name, outcome)
        if asked.keep or not outcome.verdict.clean:
            print(f"    store, logs and ledgers: {folder}", flush=True)
        else:
            shutil.rmtree(folder)
    _sum_up(total, harm, skipped)
    return 0 if total.clean else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/drill", description=__doc__)
    parser.add_argument("--seconds", type=float, help="of harm in each round (20)")
    parser.add_argument("--writers", type=int, help="people who write at once (8)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument(
        "--round", action="append", choices=ROUNDS, help="only this one; may be given again. All by default"
    )
    parser.add_argument("--short", action="store_true", help="as in CI: each round for two seconds, with four people")
    parser.add_argument("--keep", action="store_true", help="leave the folders of all rounds: stores, logs, ledgers")
    asked = parser.parse_args()
    asked.seconds = asked.seconds or (SHORT_S if asked.short else 20.0)
    asked.writers = asked.writers or (SHORT_WRITERS if asked.short else 8)
    return asked


def _played(name: str, folder: Path, asked: argparse.Namespace) -> Outcome:
    played = ROUNDS[name]
    with mounted(folder, played.places) as places:
        command = python(
            "drill.stage",
            name,
            f"--seconds={asked.seconds}",
            f"--writers={asked.writers}",
            f"--seed={asked.seed}",
            f"--folder={folder}",
            *(f"--place={place}={where}" for place, where in places.items()),
        )
        subprocess.run(command, cwd=ROOT, env=_environment(played, folder, places), check=True)
    return msgspec.json.decode((folder / "outcome.json").read_bytes(), type=Outcome)


def _environment(played: Round, folder: Path, places: Mapping[str, Path]) -> dict[str, str]:
    """The site's own settings, and none of the caller's."""
    ours = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    return ours | {
        "DATA_DIR": str(folder / "data"),
        "PORT": str(_free_port()),
        "RATE_LIMITS": "off",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "16",
        **{name: value.format(**places) for name, value in played.settings.items()},
    }


_SETTINGS = frozenset(
    ("EVENT_STORE_URL", "EVENT_LOG_URL", "READ_MODEL_URL", "READ_MODEL_OPTIONS", "PUBLIC_URL", "BIND", "LOG_FORMAT")
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(name: str, outcome: Outcome) -> None:
    verdict = outcome.verdict
    print(f"{name}: {ROUNDS[name].about}")
    print("   ", ", ".join(f"{what} {count}" for what, count in sorted(outcome.done.items())) or "no harm done")
    print(
        f"    acknowledged {verdict.acknowledged}, refused {verdict.refused}, unanswered {verdict.unanswered}, "
        f"found {verdict.found}, " + ", ".join(f"{kind} {len(verdict.list(kind))}" for kind in verdict.LISTS),
        flush=True,
    )
    for kind in verdict.LISTS:
        for sentence in verdict.list(kind)[:20]:
            print(f"    {kind.upper()}: {sentence}", flush=True)


def _sum_up(total: Verdict, harm: int, skipped: list[str]) -> None:
    print(f"{total.acknowledged} acknowledged, {harm} times something was done to the site", end="")
    print(f"; skipped: {', '.join(skipped)}" if skipped else "")
    print(", ".join(f"{len(total.list(kind))} {kind}" for kind in total.LISTS))


if __name__ == "__main__":
    sys.exit(main())
