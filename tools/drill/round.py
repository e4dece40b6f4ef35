"""What a round is: who runs, what goes wrong, and how people behave meanwhile."""

from collections.abc import Mapping

import msgspec

from .faults import Fault, FillDisk
from .processes import PROJECTOR, WEB, Definition
from .writer import Habits


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """about     what it shows, in a sentence
    faults       struck in random order (or in_turn), all of them before any comes again
    pauses       between them: least and most seconds
    places       names of file systems of its own, each as large as the number of bytes says; needs root
    settings     what the site finds in its environment; {name} is a place's folder
    stack        whether it runs on servers: MongoDB and Kafka
    wires        whether the site's connections to its servers go over wires of the drill's, which it can cut
    new_topics   whether topics are deleted and made again
    readers      people who only look, and remember what they saw
    patience_s   how long people wait for an answer, and the judge for what is on its way
    """

    about: str
    processes: tuple[Definition, ...] = (WEB, PROJECTOR)
    faults: tuple[Fault, ...]
    in_turn: bool = False
    pauses: tuple[float, float] = (0.5, 3.0)
    habits: Habits = Habits()
    places: Mapping[str, int] = {}
    settings: Mapping[str, str] = {}
    stack: bool = False
    wires: bool = False
    new_topics: bool = False
    readers: int = 0
    patience_s: float = 60.0

    def unmounted(self) -> "Round":
        """What is left where no file system can be mounted."""
        return msgspec.structs.replace(self, faults=tuple(one for one in self.faults if not isinstance(one, FillDisk)))
