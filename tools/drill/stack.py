"""The rounds on servers: MongoDB and Kafka, a web, two relays, three projectors."""

from collections.abc import Mapping

from .cuts import Cut
from .faults import Fault, FillDisk, Kill
from .group import ComeAndGo, FreezeProjector, OneLess
from .guards import AtOnce, BackUpAndRestore
from .outages import FreezeLeader, KillLeader, Outage
from .processes import LOSSY_RELAYS, PROJECTORS, RELAYS, WEB, Definition
from .round import Round
from .topic import DeleteTopic, Expire, Meddle, Repeat
from .writer import Habits

# Nothing new is shown while Kafka is away: people must go on writing all the same.
CALM, HASTY = Habits(lingers_s=0.5), Habits(leaves=0.1, doubles=0.1, lingers_s=0.5)
PATIENCE_S = 240.0
DISK = {"read": 48 << 20}
ON_DISK = {"READ_MODEL_URL": "sqlite:///{read}/read.db"}
_relays = tuple(one.name for one in RELAYS)
_projectors = tuple(one.name for one in PROJECTORS)


def _on_servers(
    about: str,
    *faults: Fault,
    relays: tuple[Definition, ...] = RELAYS,
    habits: Habits = CALM,
    wires: bool = False,
    new_topics: bool = False,
    pauses: tuple[float, float] = (0.5, 3.0),
    places: Mapping[str, int] | None = None,
    readers: int = 0,
) -> Round:
    return Round(
        about=about,
        processes=(WEB, *relays, *PROJECTORS),
        faults=faults,
        pauses=pauses,
        habits=habits,
        places=places or {},
        settings=ON_DISK if places else {},
        stack=True,
        wires=wires,
        new_topics=new_topics,
        readers=readers,
        patience_s=PATIENCE_S,
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
    "stack-topic": _on_servers(
        "messages lost, overtaken by those of other partitions, sent again, and deleted before they were read",
        Meddle(),
        Repeat(),
        Expire(_projectors),
        relays=LOSSY_RELAYS,
    ),
    "stack-group": _on_servers(
        "three projectors: they come and go, politely or killed; one stays away and the others go on; one sleeps",
        ComeAndGo(_projectors),
        OneLess(_projectors),
        FreezeProjector(_projectors),
    ),
    "stack-cut": _on_servers(
        "connections to MongoDB and Kafka cut between a request and its answer; MongoDB out of reach after a commit",
        *map(
            Cut,
            ("an append", "the numbering", "the end of a wait", "the checkpoint", "messages", "a fetch", "a heartbeat"),
        ),
        Cut("an append", dark=0.3),
        wires=True,
        habits=HASTY,
    ),
    "stack-disk": _on_servers(
        "no room for the read model, while projectors die",
        FillDisk("read", felt_by=_projectors),
        *(Kill(name) for name in _projectors),
        places=DISK,
    ),
    "stack-guards": _on_servers(
        "rebuilt, verified, replayed, promoted, erased, backed up and restored, all at once, while processes die",
        AtOnce((("rebuild",), ("verify",), ("replay",)), Kill(_projectors[0])),
        AtOnce((("promote", "writer-1", "moderator"), ("rebuild",), ("rebuild",)), FreezeLeader(_relays)),
        AtOnce((("verify",), ("verify",), ("rebuild", "--back")), FreezeProjector(_projectors)),
        BackUpAndRestore(),
        habits=Habits(erases=True, lingers_s=0.5),
        pauses=(0.2, 1.0),
        readers=2,
    ),
    "stack-everything": _on_servers(
        "every kind of fault, all on one site",
        Kill("web", worker=True),
        Kill("web"),
        KillLeader(_relays),
        Kill(_projectors[0]),
        FreezeLeader(_relays),
        FreezeProjector(_projectors),
        ComeAndGo(_projectors),
        OneLess(_projectors),
        Outage("kafka", lasts=1.0),
        Outage("kafka", leave="stop", back="cont", lasts=1.0),
        Outage("mongo"),
        Meddle(),
        Repeat(),
        Expire(_projectors),
        DeleteTopic(),
        *map(Cut, ("an append", "the numbering", "the end of a wait", "messages")),
        Cut("an append", dark=0.3),
        FillDisk("read", felt_by=_projectors),
        relays=LOSSY_RELAYS,
        habits=HASTY,
        wires=True,
        new_topics=True,
        pauses=(0.2, 1.0),
        places=DISK,
    ),
}
