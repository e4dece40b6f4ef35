"""Fault injection: runs rounds, each on a fresh site in a temporary folder, and reports which invariants held.

In a round people write, edit, like, comment and read through the pages while faults are injected: processes are killed
or frozen, servers go away, responses are dropped, disks are full, operators' commands run all at once. Each person
keeps a ledger of what was sent and what was acknowledged. When the time is over a checker compares these ledgers with
the event store and the read model: every acknowledged write must be there exactly once, the hash chain unbroken, the
read model equal to a fresh fold, nothing erased found again, and no read older than an earlier one. One violation, or a
fault that never took effect, makes the exit code 1, and leaves that round's stores, logs and ledgers in their folder.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import msgspec

from . import servers
from .processes import ROOT, free_port, python, site_environment
from .rounds import EMBEDDED, ROUNDS, SHORT, SHORT_STACK, STACK, Round
from .verdict import VIOLATIONS, Outcome, Verdict

SENTENCES_SHOWN = 20
SHORT_ROUNDS_AT_ONCE = 3


def main() -> int:
    asked = _asked()
    print(f"seed {asked.seed}; the same seed gives the same plan, not the same moments", flush=True)
    needs_servers = any(ROUNDS[name].stack for name in asked.round)
    try:
        with ExitStack() as undo:
            environment: Mapping[str, str] = {}
            if needs_servers:
                folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="verbatim-drill-servers-")))
                environment = undo.enter_context(servers.running(folder))
            return _run_rounds(asked, environment)
    except servers.ServersUnavailable as reason:
        print(reason, file=sys.stderr)
        return 1


def _asked() -> argparse.Namespace:
    rounds = "\n".join(f"  {name:<17} {played.about}" for name, played in ROUNDS.items())
    parser = argparse.ArgumentParser(
        prog="bin/drill",
        description=__doc__,
        epilog=f"rounds (those named stack-… run on servers of their own: MongoDB, Kafka):\n{rounds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, help="how long faults are injected in each round (20)")
    parser.add_argument("--away", type=float, help="how long an outage of Kafka lasts, in seconds (60)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the order of faults and acts")
    parser.add_argument(
        "--round", action="append", choices=ROUNDS, metavar="ROUND", help="only this one; may be repeated (all)"
    )
    parser.add_argument("--stack", action="store_true", help="the rounds on MongoDB, Kafka, 2 relays and 3 projectors")
    parser.add_argument("--short", action="store_true", help="as in CI: every kind of fault once, with four writers")
    asked = parser.parse_args()
    all_rounds, short_rounds = (STACK, SHORT_STACK) if asked.stack else (EMBEDDED, SHORT)
    asked.round = asked.round or (short_rounds if asked.short else tuple(all_rounds))
    asked.seconds = asked.seconds or (2.0 if asked.short else 20.0)
    asked.away = asked.away or (4.0 if asked.short else 60.0)
    asked.writers = 4 if asked.short else 8
    return asked


def _run_rounds(asked: argparse.Namespace, environment: Mapping[str, str]) -> int:
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(SHORT_ROUNDS_AT_ONCE if asked.short and not environment else 1) as pool:
        for name, result in [(name, pool.submit(_run_round, name, asked, environment)) for name in asked.round]:
            outcomes.append(result.result())
            _print_outcome(name, outcomes[-1])
    verdicts = [outcome.verdict for outcome in outcomes]
    skipped = [f"{name}'s full disk" for name, one in zip(asked.round, outcomes, strict=True) if one.skipped]
    injected = sum(outcome.faults_injected for outcome in outcomes)
    print(f"{sum(one.acknowledged for one in verdicts)} acknowledged, {injected} faults injected", end="")
    print(f"; SKIPPED: {', '.join(skipped)}" if skipped else "")
    print(_violation_counts(*verdicts))
    return 0 if all(one.clean for one in verdicts) else 1


def _run_round(name: str, asked: argparse.Namespace, environment: Mapping[str, str]) -> Outcome:
    """One round in a process and a folder of its own, which stays if it has something to show."""
    folder = Path(tempfile.mkdtemp(prefix=f"verbatim-drill-{name}-"))
    options = {"seconds": asked.seconds, "away": asked.away, "writers": asked.writers, "seed": asked.seed}
    command = python("tools.drill.run_round", name, f"--folder={folder}", *(f"--{k}={v}" for k, v in options.items()))
    code = subprocess.run(command, cwd=ROOT, env=_site_environment(ROUNDS[name], folder, environment)).returncode
    if code:
        outcome = Outcome(verdict=Verdict())
        outcome.verdict.violations["stuck"].append(f"the round itself failed with code {code}")
    else:
        outcome = msgspec.json.decode((folder / "outcome.json").read_bytes(), type=Outcome)
    if outcome.verdict.clean:
        shutil.rmtree(folder)
    else:
        outcome.folder = str(folder)
    return outcome


def _site_environment(played: Round, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    volumes = {name: folder / name for name in played.volumes}
    for volume in volumes.values():
        volume.mkdir()
    settings = {"DATA_DIR": str(folder / "data"), "PORT": str(free_port())}
    settings |= {"RATE_LIMITS": "off", "WEB_WORKERS": "2", "WEB_THREADS": "16"}
    if played.stack:
        settings |= {**environment, **servers.site_settings(environment, folder.name.replace("-", "_"))}
    settings |= {name: value.format(**volumes) for name, value in played.settings.items()}
    return site_environment(**settings)


def _print_outcome(name: str, outcome: Outcome) -> None:
    verdict = outcome.verdict
    killed = sum(count for what, count in outcome.faults.items() if what.startswith("killed"))
    print(f"{name}: {ROUNDS[name].about}")
    print("   ", ", ".join(f"{what} {count}" for what, count in sorted(outcome.faults.items())) or "no fault injected")
    print(
        f"    acknowledged {verdict.acknowledged}, killed {killed}, refused {verdict.refused}, "
        f"unanswered {verdict.unanswered}, sent again {verdict.sent_again}, found {verdict.found}, "
        + _violation_counts(verdict)
    )
    if outcome.skipped:
        print(f"    SKIPPED: {outcome.skipped}")
    if verdict.refusals:
        print("    refused:", ", ".join(f"{what} ({count} times)" for what, count in Counter(verdict.refusals).items()))
    for kind, sentences in verdict.violations.items():
        for sentence in sentences[:SENTENCES_SHOWN]:
            print(f"    {kind.replace('_', ' ').upper()} ({VIOLATIONS[kind]}): {sentence}")
    print(f"    stores, logs and ledgers: {outcome.folder}\n" if outcome.folder else "", end="", flush=True)


def _violation_counts(*verdicts: Verdict) -> str:
    return ", ".join(
        f"{sum(len(one.violations[kind]) for one in verdicts)} {kind.replace('_', ' ')}" for kind in VIOLATIONS
    )


if __name__ == "__main__":
    sys.exit(main())
