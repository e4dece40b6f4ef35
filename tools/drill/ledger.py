"""What a writer knows, kept outside the system it writes to: each intent before it is sent, each answer after."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag="intent"):
    """About to be sent. event is what it should store; stream where it goes, "" while only the server knows.

    The command's id stands in its text as well where it has one (marked): then what it said can be found by content.
    """

    id: str
    actor: str
    event: str
    stream: str = ""
    post: str = ""
    marked: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What came back. accepted: a 303, the only answer that says yes to a plain form. place: where it leads."""

    id: str
    status: int
    place: str = ""

    @property
    def accepted(self) -> bool:
        return self.status == 303 and not self.place.startswith("/login")


class Again(msgspec.Struct, frozen=True, kw_only=True, tag="again"):
    """No answer came, or an error of the server: the same form goes out once more."""

    id: str
    why: str


class Trouble(msgspec.Struct, frozen=True, kw_only=True, tag="trouble"):
    """Somebody couldn't go on: no answer came for too long, or a page didn't show what it must."""

    actor: str
    what: str


Entry = Intent | Answer | Again | Trouble
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)


class Ledger:
    """One writer's own file of JSON Lines; each line is on disk before `write` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def write(self, entry: Entry) -> None:
        self._file.write(_ENCODER.encode(entry) + b"\n")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Told(msgspec.Struct):
    """All ledgers of a round together, in each writer's own order."""

    intents: list[Intent]
    answers: dict[str, list[Answer]]
    troubles: list[Trouble]
    sent_again: int = 0

    def accepted(self, intent: Intent) -> bool:
        return any(answer.accepted for answer in self.answers.get(intent.id, ()))

    def refused(self, intent: Intent) -> bool:
        """Answered, and never with yes."""
        return intent.id in self.answers and not self.accepted(intent)

    def unanswered(self) -> list[Intent]:
        return [intent for intent in self.intents if intent.id not in self.answers]


def gathered(entries: Iterable[Entry]) -> Told:
    told = Told([], {}, [])
    for entry in entries:
        match entry:
            case Intent():
                told.intents.append(entry)
            case Answer():
                told.answers.setdefault(entry.id, []).append(entry)
            case Again():
                told.sent_again += 1
            case Trouble():
                told.troubles.append(entry)
    return told


def read(folder: Path) -> Told:
    """Every ledger in a folder."""
    return gathered(entry for path in sorted(folder.glob("*.jsonl")) for entry in _entries(path))


def _entries(path: Path) -> Iterator[Entry]:
    for line in path.read_bytes().splitlines():
        yield _DECODER.decode(line)
