"""What people know, kept outside the site they write to: each intent before it is sent, each answer after it came."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag="intent"):
    """About to be sent. event is what it should store; stream where it goes, "" while only the server knows.

    Where it has a text (marked), the command's id stands in that too: it can then be found by its content.
    """

    id: str
    actor: str
    event: str
    stream: str = ""
    post: str = ""
    marked: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What came back. accepted: a 303, the only answer that says yes to a plain form."""

    id: str
    status: int
    location: str = ""

    @property
    def accepted(self) -> bool:
        return self.status == 303 and not self.location.startswith("/login")


class SentAgain(msgspec.Struct, frozen=True, kw_only=True, tag="again"):
    """No answer came, or an error of the server: the same form goes out once more."""

    id: str
    why: str


class Stuck(msgspec.Struct, frozen=True, kw_only=True, tag="stuck"):
    """Somebody couldn't go on: no answer came for too long, or a page didn't show what it must."""

    actor: str
    what: str


Entry = Intent | Answer | SentAgain | Stuck
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)


class Ledger:
    """One person's own file of JSON Lines; each line is on disk before `write` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, entry: Entry) -> None:
        self._file.write(_ENCODER.encode(entry) + b"\n")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Ledgers(msgspec.Struct):
    """All ledgers of a round together, in each person's own order."""

    intents: list[Intent] = []
    answers: dict[str, list[Answer]] = {}
    stuck: list[Stuck] = []
    sent_again: int = 0

    def accepted(self, intent: Intent) -> bool:
        return any(answer.accepted for answer in self.answers.get(intent.id, ()))

    def refused(self, intent: Intent) -> bool:
        """Answered, and never with yes."""
        return intent.id in self.answers and not self.accepted(intent)


def collect(entries: Iterable[Entry]) -> Ledgers:
    ledgers = Ledgers()
    for entry in entries:
        match entry:
            case Intent():
                ledgers.intents.append(entry)
            case Answer():
                ledgers.answers.setdefault(entry.id, []).append(entry)
            case SentAgain():
                ledgers.sent_again += 1
            case Stuck():
                ledgers.stuck.append(entry)
    return ledgers


def read(folder: Path) -> Ledgers:
    """Every ledger in a folder."""
    paths = sorted(folder.glob("*.jsonl"))
    return collect(_DECODER.decode(line) for path in paths for line in path.read_bytes().splitlines())
