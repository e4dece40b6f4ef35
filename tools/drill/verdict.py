"""What a judge found: counts for people, and a sentence for each thing that must not be."""

from typing import ClassVar

import msgspec


class Verdict(msgspec.Struct, kw_only=True):
    """Everything in the LISTS fails a drill; refusals are no fault by themselves.

    lost      acknowledged, and not in the store by its id or not by its content
    doubled   more than one effect of one intent
    stuck     people without an answer, streams parked or never shown
    broken    holes, a broken chain, commits that nobody meant, answers that contradict the store
    differing rows of the read model that aren't a fold of the events, or not what people were told
    false_repairs       rows that the verifier changed, though nobody had damaged any
    generations_lost    moments at which the live generation wasn't there
    erased_found        erased texts that some file or document still holds
    went_backwards      reads that showed less than an earlier one did
    """

    acknowledged: int = 0
    refused: int = 0
    refusals: list[str] = []
    unanswered: int = 0
    sent_again: int = 0
    found: int = 0
    lost: list[str] = []
    doubled: list[str] = []
    stuck: list[str] = []
    broken: list[str] = []
    differing: list[str] = []
    false_repairs: list[str] = []
    generations_lost: list[str] = []
    erased_found: list[str] = []
    went_backwards: list[str] = []

    LISTS: ClassVar[tuple[str, ...]] = (
        "lost",
        "doubled",
        "stuck",
        "broken",
        "differing",
        "false_repairs",
        "generations_lost",
        "erased_found",
        "went_backwards",
    )

    @property
    def clean(self) -> bool:
        return not any(self.list(name) for name in self.LISTS)

    def list(self, name: str) -> "list[str]":
        found: list[str] = getattr(self, name)
        return found

    def add(self, other: "Verdict") -> None:
        for name in ("acknowledged", "refused", "unanswered", "sent_again", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in (*self.LISTS, "refusals"):
            self.list(name).extend(other.list(name))


class Outcome(msgspec.Struct, kw_only=True):
    """What a round came to.

    done: the harm, counted by its name; blows: how often a fault struck; skipped: what couldn't be done here, and why;
    folder: where everything lies.
    """

    verdict: Verdict
    done: dict[str, int]
    blows: int = 0
    skipped: str = ""
    folder: str = ""
