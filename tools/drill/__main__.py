"""`bin/drill`: plays rounds, each on a fresh site in a temporary folder, and says what they came to."""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import msgspec

from . import servers
from .embedded import EMBEDDED
from .places import CannotMount, mounted
from .processes import ROOT, python
from .report import say, sum_up
from .round import Round
from .rounds import ROUNDS, SHORT, SHORT_STACK
from .stack import STACK
from .verdict import Outcome, Verdict

SHORT_S = 2.0
SHORT_WRITERS = 4
SHORT_AT_ONCE = 3
AWAY_S, SHORT_AWAY_S = 60.0, 4.0


def main() -> int:
    asked = _asked()
    print(f"seed {asked.seed}; the same seed gives the same plan, not the same moments", flush=True)
    try:
        with ExitStack() as undone:
            return _play(asked, _servers(asked.round, undone))
    except servers.ServersUnavailable as reason:
        print(reason, file=sys.stderr)
        return 1


def _servers(rounds: Sequence[str], undone: ExitStack) -> Mapping[str, str]:
    """One set for all rounds, where any needs one; gives what there is to know of it."""
    if not any(ROUNDS[name].stack for name in rounds):
        return {}
    folder = Path(undone.enter_context(tempfile.TemporaryDirectory(prefix="verbatim-drill-servers-")))
    return undone.enter_context(servers.running(folder))


def _play(asked: argparse.Namespace, stack: Mapping[str, str]) -> int:
    total, blows, skipped = Verdict(), 0, []
    with ThreadPoolExecutor(1 if stack else asked.at_once) as pool:
        results = [(name, pool.submit(_played, name, asked, stack)) for name in asked.round]
        for name, result in results:
            outcome = result.result()
            say(name, outcome)
            if isinstance(outcome, CannotMount):
                skipped.append(name)
            else:
                skipped += [f"{name}'s full disk"] if outcome.skipped else []
                total.add(outcome.verdict)
                blows += outcome.blows
    sum_up(total, blows, skipped)
    return 0 if total.clean else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/drill", description=__doc__)
    parser.add_argument("--seconds", type=float, help="of harm in each round (20)")
    parser.add_argument("--away", type=float, help="seconds that Kafka stays away, where it does (60)")
    parser.add_argument("--writers", type=int, help="people who write at once (8)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument(
        "--round", action="append", choices=ROUNDS, help="only this one; may be given again. All by default"
    )
    parser.add_argument(
        "--stack",
        action="store_true",
        help="the rounds on servers of its own: MongoDB, Kafka, two relays, three projectors",
    )
    parser.add_argument("--short", action="store_true", help="as in CI: every kind of fault once, with four people")
    parser.add_argument("--at-once", type=int, help="rounds that run side by side (1)")
    parser.add_argument("--keep", action="store_true", help="leave the folders of all rounds: stores, logs, ledgers")
    asked = parser.parse_args()
    every, some = (STACK, SHORT_STACK) if asked.stack else (EMBEDDED, SHORT)
    asked.round = asked.round or (some if asked.short else tuple(every))
    asked.away = asked.away or (SHORT_AWAY_S if asked.short else AWAY_S)
    asked.seconds = asked.seconds or (SHORT_S if asked.short else 20.0)
    asked.at_once = asked.at_once or (SHORT_AT_ONCE if asked.short else 1)
    asked.writers = asked.writers or (SHORT_WRITERS if asked.short else 8)
    return asked


def _played(name: str, asked: argparse.Namespace, stack: Mapping[str, str]) -> Outcome | CannotMount:
    """One round in a process and a folder of its own. The folder stays where it is wanted, or has something to show."""
    folder = Path(tempfile.mkdtemp(prefix=f"verbatim-drill-{name}-"))
    try:
        with mounted(folder, ROUNDS[name].places) as places:
            outcome = _judged(name, asked, folder, places, stack)
    except CannotMount as reason:
        if not ROUNDS[name].unmounted().faults:
            shutil.rmtree(folder)
            return reason
        outcome = _judged(name, asked, folder, _plain(folder, ROUNDS[name]), stack, "--unmounted")
        outcome.skipped = f"no disk was filled, which needs a small file system of its own ({reason})"
    if not outcome.folder:
        shutil.rmtree(folder)
    return outcome


def _judged(
    name: str,
    asked: argparse.Namespace,
    folder: Path,
    places: Mapping[str, Path],
    stack: Mapping[str, str],
    *options: str,
) -> Outcome:
    environment = _environment(ROUNDS[name], folder, places, stack)
    outcome = _outcome((*_command(name, asked, folder, places), *options), environment, folder)
    if asked.keep or not outcome.verdict.clean:
        outcome.folder = str(_kept(folder, places))
    return outcome


def _plain(folder: Path, played: Round) -> dict[str, Path]:
    """Places that are folders like any other."""
    places = {name: folder / name for name in played.places}
    for place in places.values():
        place.mkdir(exist_ok=True)
    return places


def _outcome(command: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> Outcome:
    if code := subprocess.run(command, cwd=ROOT, env=environment).returncode:
        return Outcome(verdict=Verdict(stuck=[f"the round itself broke down with code {code}"]), done={})
    return msgspec.json.decode((folder / "outcome.json").read_bytes(), type=Outcome)


def _command(name: str, asked: argparse.Namespace, folder: Path, places: Mapping[str, Path]) -> tuple[str, ...]:
    return python(
        "tools.drill.stage",
        name,
        f"--seconds={asked.seconds}",
        f"--away={asked.away}",
        f"--writers={asked.writers}",
        f"--seed={asked.seed}",
        f"--folder={folder}",
        *(f"--place={place}={where}" for place, where in places.items()),
    )


def _kept(folder: Path, places: Mapping[str, Path]) -> Path:
    """The folder, with what is in places that are about to go."""
    for name, place in places.items():
        shutil.copytree(place, folder / f"{name}-kept")
    return folder


def _environment(played: Round, folder: Path, places: Mapping[str, Path], stack: Mapping[str, str]) -> dict[str, str]:
    """The site's own settings, and none of the caller's."""
    ours = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    return ours | {
        "DATA_DIR": str(folder / "data"),
        "PORT": str(_free_port()),
        "RATE_LIMITS": "off",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "16",
        **({**stack, **servers.settings(stack, folder.name.replace("-", "_"))} if played.stack else {}),
        **{name: value.format(**places) for name, value in played.settings.items()},
    }


_SETTINGS = frozenset(
    ("EVENT_STORE_URL", "EVENT_LOG_URL", "READ_MODEL_URL", "READ_MODEL_OPTIONS", "PUBLIC_URL", "BIND", "LOG_FORMAT")
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
