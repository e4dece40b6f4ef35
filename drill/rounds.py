"""The rounds there are: who runs, what goes wrong, and how people behave meanwhile."""

from collections.abc import Mapping

import msgspec

from .faults import Fault, FillDisk, Freeze, Kill, Operate, Rebalance
from .outages import DeleteTopic, FreezeLeader, FreezeProjector, KillLeader, Outage
from .processes import PROJECTOR, PROJECTORS, RELAYS, STANDBY, WEB, Definition, python
from .writer import Habits

UNRULY = tuple(
    Definition(name=name, command=python("drill.unruly"), environment={"DRILL_MEMBER": name})
    for name in ("projector-1", "projector-2")
)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """about     what it shows, in a sentence
    faults       struck in random order (or in_turn), all of them before any comes again
    pauses       between them: least and most seconds
    places       names of file systems of its own, each as large as the number of bytes says; needs root
    settings     what the site finds in its environment; {name} is a place's folder
    stack        whether it runs on servers: MongoDB and Kafka
    new_topics   whether topics are deleted and made again
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
    new_topics: bool = False
    patience_s: float = 60.0


EMBEDDED: Mapping[str, Round] = {
    "kills": Round(
        about="SIGKILL to web workers, the web's master and the projector",
        faults=(Kill("web", worker=True), Kill("web", worker=True), Kill("web"), Kill("projector"), Kill("projector")),
    ),
    "cut": Round(
        about="people leave before the answer comes and send the form again, while workers die",
        habits=Habits(leaves=0.4),
        faults=(Kill("web", worker=True),),
    ),
    "duplicates": Round(
        about="forms sent twice at once; a log in three partitions that loses, repeats itself and changes hands",
        processes=(WEB, *UNRULY),
        habits=Habits(doubles=0.4),
        faults=(Rebalance(("projector-1", "projector-2")), Kill("projector-1"), Kill("projector-2")),
    ),
    "freeze": Round(
        about="SIGSTOP to the projector until another took over, then SIGCONT",
        processes=(WEB, PROJECTOR, STANDBY),
        faults=(Freeze("projector", "standby"),),
    ),
    "disk": Round(
        about="no room for the read model, and then none for the events: commands fail, and are sent again",
        faults=(FillDisk("read"), FillDisk("events")),
        places={"read": 48 << 20, "events": 48 << 20},
        settings={
            "READ_MODEL_URL": "sqlite:///{read}/read.db",
            "EVENT_STORE_URL": "sqlite:///{events}/events.db",
        },
    ),
    "rebuild": Round(
        about="the read model rebuilt, verified and switched back while people write and projectors die",
        faults=(
            Operate(("rebuild",)),
            Operate(("verify",)),
            Kill("projector"),
            Operate(("rebuild", "--back")),
        ),
        in_turn=True,
    ),
    "everything": Round(
        about="kills, frozen projectors, people who leave and people who send twice, all on one site",
        processes=(WEB, PROJECTOR, STANDBY),
        habits=Habits(leaves=0.2, doubles=0.2),
        faults=(
            Kill("web", worker=True),
            Kill("web"),
            Kill("projector"),
            Freeze("projector", "standby"),
        ),
    ),
}

# Nothing new is shown while Kafka is away: people must go on writing all the same.
CALM, HASTY = Habits(lingers_s=0.5), Habits(leaves=0.1, doubles=0.1, lingers_s=0.5)
_relays = tuple(one.name for one in RELAYS)
_projectors = tuple(one.name for one in PROJECTORS)


def _on_servers(about: str, *faults: Fault, new_topics: bool = False, habits: Habits = CALM) -> Round:
    return Round(
        about=about,
        processes=(WEB, *RELAYS, *PROJECTORS),
        faults=faults,
        habits=habits,
        stack=True,
        new_topics=new_topics,
        patience_s=240.0,
    )


STACK: Mapping[str, Round] = {
    "stack-kills": _on_servers(
        "SIGKILL to web, relays and projectors, and to Kafka and MongoDB, which are started again",
        Kill("web", worker=True),
        Kill("web"),
        KillLeader(_relays),
        *(Kill(name) for name in (*_relays, *_projectors)),
        Outage("kafka"),
        Outage("mongo"),
        habits=HASTY,
    ),
    "stack-freeze": _on_servers(
        "SIGSTOP to the leading relay past its lease and to a projector past its session, then SIGCONT",
        FreezeLeader(_relays),
        FreezeProjector(_projectors),
    ),
    "stack-away": _on_servers(
        "Kafka gone, then silent; the topic deleted",
        Outage("kafka", lasts=1.0),
        Outage("kafka", leave="stop", back="cont", lasts=1.0),
        DeleteTopic(),
        new_topics=True,
    ),
    "stack-everything": _on_servers(
        "kills, frozen processes and servers that go, all on one site",
        Kill("web"),
        KillLeader(_relays),
        *(Kill(name) for name in _projectors),
        Outage("kafka", lasts=1.0),
        Outage("mongo"),
        FreezeLeader(_relays),
        FreezeProjector(_projectors),
        habits=HASTY,
    ),
}
ROUNDS: Mapping[str, Round] = {**EMBEDDED, **STACK}

SHORT = ("everything", "duplicates", "disk", "rebuild")
"""What CI plays: every kind of fault once."""
SHORT_STACK = ("stack-everything",)
