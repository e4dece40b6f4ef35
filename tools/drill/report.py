"""What a drill came to, in words."""

from collections import Counter
from collections.abc import Mapping

from .places import CannotMount
from .rounds import ROUNDS
from .verdict import Outcome, Verdict

SHOWN = 20


def say(name: str, outcome: Outcome | CannotMount) -> None:
    if isinstance(outcome, CannotMount):
        print(f"{name}: SKIPPED, it needs a small file system of its own ({outcome})", flush=True)
        return
    verdict = outcome.verdict
    print(f"{name}: {ROUNDS[name].about}")
    print("   ", ", ".join(f"{what} {count}" for what, count in sorted(outcome.done.items())) or "no harm done")
    print(
        f"    acknowledged {verdict.acknowledged}, killed {_killed(outcome.done)}, refused {verdict.refused}, "
        f"unanswered {verdict.unanswered}, sent again {verdict.sent_again}, found {verdict.found}, "
        + ", ".join(f"{_words(kind)} {len(verdict.list(kind))}" for kind in verdict.LISTS)
    )
    if outcome.skipped:
        print(f"    SKIPPED: {outcome.skipped}")
    if verdict.refusals:
        print("    refused:", ", ".join(f"{what} ({count} times)" for what, count in Counter(verdict.refusals).items()))
    for kind in verdict.LISTS:
        for sentence in verdict.list(kind)[:SHOWN]:
            print(f"    {_words(kind).upper()}: {sentence}")
    if outcome.folder:
        print(f"    store, logs and ledgers: {outcome.folder}")


def _killed(done: Mapping[str, int]) -> int:
    return sum(count for what, count in done.items() if what.startswith("killed"))


def sum_up(total: Verdict, blows: int, skipped: list[str]) -> None:
    print(f"{total.acknowledged} acknowledged, {blows} times something was done to the site", end="")
    print(f"; SKIPPED: {', '.join(skipped)}" if skipped else "")
    print(", ".join(f"{len(total.list(kind))} {_words(kind)}" for kind in total.LISTS))


def _words(kind: str) -> str:
    return kind.replace("_", " ")
