"""What a round came to: counts, and a sentence for each invariant that was violated."""

import msgspec

VIOLATIONS = {
    "lost": "acknowledged, and not in the store by its id or not by its content",
    "doubled": "more than one effect of one intent",
    "stuck": "people without an answer, streams parked or never shown, processes that ended with an error",
    "broken": "holes, a broken hash chain, commits that nobody sent, answers that contradict the store",
    "differing": "rows of the read model that aren't a fold of the events, or not what was acknowledged",
    "false_repairs": "rows that the verifier changed, though nobody had damaged any",
    "generations_lost": "moments at which the live generation of the read model wasn't there",
    "erased_found": "erased texts that some file or document still holds",
    "stale_reads": "reads that showed less than an earlier one did",
}
"""Kinds of violation; one of any kind fails a drill."""


class Verdict(msgspec.Struct, kw_only=True):
    """refusals are no violation by themselves; found counts intents that the store has."""

    acknowledged: int = 0
    refused: int = 0
    refusals: list[str] = []
    unanswered: int = 0
    sent_again: int = 0
    found: int = 0
    violations: dict[str, list[str]] = msgspec.field(default_factory=lambda: {kind: [] for kind in VIOLATIONS})

    @property
    def clean(self) -> bool:
        return not any(self.violations.values())


class Outcome(msgspec.Struct, kw_only=True):
    """faults: what was done to the site, counted by its name; faults_injected: how often a fault took effect.

    skipped: what couldn't be done here, and why; folder: where stores, logs and ledgers were left.
    """

    verdict: Verdict = msgspec.field(default_factory=Verdict)
    faults: dict[str, int] = {}
    faults_injected: int = 0
    skipped: str = ""
    folder: str = ""
