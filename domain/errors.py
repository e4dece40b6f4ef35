"""Everything a command can be refused with, each with a sentence for the person who sent it."""

from collections.abc import Mapping
from typing import Any


def first_line(error: Exception) -> str:
    """What a log says of an exception: SQLAlchemy's go on with the statement and its parameters."""
    return str(error).split("\n")[0]


class Sentence(str):
    """A sentence for people that knows what it was made of, so that pages can say it in another language.

    template holds %(name)s for each of the values; a value may be a Sentence itself.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: Any) -> "Sentence":
        said = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        made = super().__new__(cls, template % said if said else template)
        made.template, made.values = template, values
        return made


class Refused(Exception):
    """A command or query was refused; nothing was stored. `sentence` is meant for people; message: as it was made."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)
        self.message = sentence


class Invalid(Refused):
    """The input itself is wrong. fields: field name → sentence; field_messages: the same as they were made."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = {name: str(sentence) for name, sentence in fields.items()}
        self.field_messages = dict(fields)


class NotFound(Refused):
    """There is no such thing, or it is of another kind."""


class Removed(Refused):
    """It was there and has been removed."""


class Forbidden(Refused):
    """This actor may not do that."""


class Suspended(Forbidden):
    """This actor may do nothing until reinstated."""


class WrongPassword(Refused):
    """Handle and password don't belong together; says no more than that."""


class Conflict(Refused):
    """The state of the thing doesn't allow it now."""


class HandleTaken(Conflict):
    """Somebody has this handle, or one that normalises to it."""


class Claimed(Conflict):
    """Another moderator has claimed the case. by: whose id; until: a moment."""

    def __init__(self, by: str, until: str) -> None:
        super().__init__(Sentence("Another moderator has claimed this case until %(until)s.", until=until))
        self.by = by
        self.until = until


class NotClaimed(Conflict):
    """Whoever acts on a case hasn't claimed it, or their claim ran out, and nobody else has it."""


class Locked(Conflict):
    """The thread is locked."""


class Stale(Conflict):
    """The thing stands at another version than the sender saw. version: where it stands."""

    def __init__(self, version: int, sentence: str = "") -> None:
        changed = Sentence("This changed meanwhile and is at version %(version)s now.", version=version)
        super().__init__(sentence or changed)
        self.version = version


class StaleEdit(Stale):
    """The text changed since the editor loaded it. current: the fields as they stand; yours: as sent."""

    def __init__(self, *, version: int, current: Mapping[str, Any], yours: Mapping[str, Any]) -> None:
        super().__init__(
            version, Sentence("Someone changed this while you were editing. Both texts are below; nothing is lost.")
        )
        self.current = dict(current)
        self.yours = dict(yours)


class VersionConflict(Conflict):
    """Another commit took this version of the stream first; the store raises it, the bus retries."""

    def __init__(self, stream: str, expected: int) -> None:
        super().__init__(Sentence("Someone else changed this at the same moment. Try again."))
        self.stream = stream
        self.expected = expected


class ClaimTaken(VersionConflict):
    """Another commit has what this one claims; the store raises it, the bus decides again and finds who."""

    def __init__(self, stream: str, expected: int, claim: str) -> None:
        super().__init__(stream, expected)
        self.claim = claim


class DuplicateCommand(Exception):
    """A commit with this command id is stored already; the store raises it, the bus answers with that commit."""

    def __init__(self, command_id: str) -> None:
        super().__init__(command_id)
        self.command_id = command_id


class KeyReused(Refused):
    """This command id was used before for something else."""


class Parked(Refused):
    """Something in this stream can't be read here, so nothing can be decided about it. parked: the stream."""

    def __init__(self, stream: str) -> None:
        what = _PARKED.get(stream.partition("-")[0], Sentence("this"))
        super().__init__(
            Sentence(
                "Something that is stored about %(what)s (%(stream)s) can't be read by this version of the site, so it "
                "is parked: nothing about it can be changed until that is mended. Nothing was stored now.",
                what=what,
                stream=stream,
            )
        )
        self.parked = stream


_PARKED = {
    "post": Sentence("this post"),
    "comment": Sentence("this comment"),
    "like": Sentence("this like"),
    "account": Sentence("this account"),
    "token": Sentence("this token"),
    "webhooks": Sentence("these webhooks"),
    "report": Sentence("this report"),
    "case": Sentence("this case"),
    "appeal": Sentence("this appeal"),
}


class Unavailable(Refused):
    """A store can't be reached or can't write now. Nothing was stored; trying again is safe."""


class Damaged(Exception):
    """Stored bytes can't be what was written. The message names the commit and says what to do."""
