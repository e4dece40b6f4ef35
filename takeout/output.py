"""What one step adds to the files of a takeout."""

from typing import Any

import msgspec

from domain.commit import Commit

from . import withheld

COMMITS, DECISIONS, UNREADABLE = "commits.jsonl", "decisions.jsonl", "unreadable.jsonl"
LISTS = (
    "posts.jsonl", "comments.jsonl", "likes.jsonl", DECISIONS, COMMITS, UNREADABLE, "drafts.jsonl", "tokens.jsonl",
    "webhooks.jsonl", "sessions.jsonl", "notifications.jsonl", "visits.jsonl",
)  # fmt: skip
"""The files with a JSON object a line."""


_SORTED = msgspec.json.Encoder(order="sorted")


class Output:
    """Text by the name of its file, in order. counts: lines and items so far, by whatever is counted."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = dict(counts)
        self._texts: dict[str, list[bytes]] = {}

    def text(self, name: str, text: str) -> None:
        self._texts.setdefault(name, []).append(text.encode(errors="replace"))

    def line(self, name: str, value: Any) -> None:
        """A line of a JSON Lines file."""
        self._texts.setdefault(name, []).append(_SORTED.encode(value) + b"\n")
        self.count(name)

    def count(self, what: str) -> int:
        """Counts one more, and returns how many there were before it."""
        before = self.counts.get(what, 0)
        self.counts[what] = before + 1
        return before

    def unreadable(self, stream: str, version: int, why: str) -> None:
        self.line(UNREADABLE, {"stream": stream, "version": version, "why": why})

    def act_on_others(self, commit: Commit) -> None:
        self.line(COMMITS, withheld.act_on_others(commit))

    def data(self) -> dict[str, bytes]:
        """Name of a file → what is added to it."""
        return {name: b"".join(texts) for name, texts in self._texts.items()}
