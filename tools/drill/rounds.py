"""The rounds of a drill: which processes run, which faults are injected, and how people behave meanwhile."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .dropped_responses import REQUESTS, DropResponse
from .faults import Fault, FillDisk, Freeze, Kill, any_of, partition_epochs, workers
from .group_faults import LeaveAndRejoin, RemoveMember, has_settled
from .leavers import Leave
from .moderation.moderators import Moderate
from .operator_faults import BackUpAndRestore, RehearseBackups, RunCommands
from .processes import LOSSY_RELAYS, PROJECTOR, PROJECTORS, RELAYS, STANDBY, WEB, Definition
from .server_faults import ServerOutage, leading_relay
from .topic_faults import DeleteTopic, ExpireUnread, LoseAndReorder, Redeliver
from .writer import Habits


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """about         what it shows, in a sentence
    faults           injected in random order (or in_turn), all of them before any comes again
    pauses_s         between them: least and most
    volumes          names of small file systems of its own, with their sizes in bytes; needs root
    settings         what the site finds in its environment; {name} is a volume's folder
    stack            whether it runs on servers: MongoDB and Kafka
    readers          people who only read, and remember what they saw
    patience_s       how long people wait for an answer, and the checker for what is on its way
    """

    about: str
    processes: tuple[Definition, ...] = (WEB, PROJECTOR)
    faults: tuple[Fault, ...]
    in_turn: bool = False
    pauses_s: tuple[float, float] = (0.5, 3.0)
    habits: Habits = Habits()
    volumes: Mapping[str, int] = {}
    settings: Mapping[str, str] = {}
    stack: bool = False
    readers: int = 0
    patience_s: float = 240.0

    def without_volumes(self) -> "Round":
        """What is left where no file system can be mounted."""
        return msgspec.structs.replace(self, faults=tuple(one for one in self.faults if not isinstance(one, FillDisk)))


VOLUME_BYTES = 48 << 20
READ_VOLUME = {"READ_MODEL_URL": "sqlite:///{read}/read.db"}
KILL_WORKER, KILL_WEB = Kill("web worker", workers("web")), Kill("web", any_of("web"))
KILL_PROJECTOR = Kill("projector", any_of("projector"))
FREEZE_PROJECTOR = Freeze("projector", any_of("projector"), partition_epochs, standby="standby")
REBUILD, VERIFY, REBUILD_BACK = ("rebuild",), ("verify",), ("rebuild", "--back")
PROMOTE = ("promote", "writer-1", "moderator")
GUARDS = (
    "rebuild, verify, replay, promote, erase, leave, moderate, export and import, back up and restore, all at once, "
    "while processes die"
)


def _guards(*meanwhile: Fault) -> tuple[Fault, ...]:
    """What guards a site, each with a fault meanwhile."""
    commands = (REBUILD, VERIFY, ("replay",)), (PROMOTE, REBUILD, REBUILD), (VERIFY, VERIFY, REBUILD_BACK)
    people = Leave(), Moderate(meanwhile[0])
    return (*people, *map(RunCommands, commands, meanwhile), BackUpAndRestore(), RehearseBackups())


EMBEDDED: Mapping[str, Round] = {
    "duplicates": Round(
        about="forms sent twice at the same moment, while workers and the projector die",
        habits=Habits(sends_twice=0.4),
        faults=(KILL_WORKER, KILL_PROJECTOR),
    ),
    "disk": Round(
        about="no room for the read model, and then none for the events: commands fail, and are sent again",
        faults=(FillDisk("read", noticed_by=("projector",)), FillDisk("events")),
        volumes={"read": VOLUME_BYTES, "events": VOLUME_BYTES},
        settings={**READ_VOLUME, "EVENT_STORE_URL": "sqlite:///{events}/events.db"},
    ),
    "rebuild": Round(
        about="the read model rebuilt, verified and switched back while people write and projectors die",
        faults=(RunCommands((REBUILD,)), RunCommands((VERIFY,)), KILL_PROJECTOR, RunCommands((REBUILD_BACK,))),
        in_turn=True,
    ),
    "guards": Round(
        about=GUARDS,
        processes=(WEB, PROJECTOR, STANDBY),
        habits=Habits(erases=True),
        faults=_guards(KILL_PROJECTOR, FREEZE_PROJECTOR, KILL_WORKER),
        pauses_s=(0.2, 1.0),
        readers=2,
    ),
    "everything": Round(
        about="kills, frozen projectors, people who disconnect and people who send twice, all on one site",
        processes=(WEB, PROJECTOR, STANDBY),
        habits=Habits(disconnects=0.2, sends_twice=0.2),
        faults=(KILL_WORKER, KILL_WEB, KILL_PROJECTOR, FREEZE_PROJECTOR),
    ),
}

RELAY_NAMES, PROJECTOR_NAMES = tuple(one.name for one in RELAYS), tuple(one.name for one in PROJECTORS)
LEADER = leading_relay(RELAY_NAMES)
KILL_LEADER, FREEZE_LEADER = Kill("leading relay", LEADER), Freeze("leading relay", LEADER, LEADER)
KILL_ANY_PROJECTOR = Kill("projector", any_of(*PROJECTOR_NAMES))
FREEZE_MEMBER = Freeze("projector", any_of(*PROJECTOR_NAMES), partition_epochs, is_ready=has_settled(PROJECTOR_NAMES))
KAFKA_DEAD = ServerOutage("kafka", lasts=1.0)
KAFKA_SILENT = ServerOutage("kafka", down="stop", up="cont", lasts=1.0)
FILL_READ_MODEL = FillDisk("read", noticed_by=PROJECTOR_NAMES)
MONGO_UNREACHABLE = DropResponse("append", then_unreachable=0.3)
# Nothing new is shown while Kafka is away: people must go on writing all the same.
CALM, HASTY = Habits(list_patience_s=0.5), Habits(disconnects=0.1, sends_twice=0.1, list_patience_s=0.5)


def _on_stack(
    about: str, *faults: Fault, relays: tuple[Definition, ...] = RELAYS, habits: Habits = CALM, **more: Any
) -> Round:
    processes = (WEB, *relays, *PROJECTORS)
    return Round(about=about, processes=processes, faults=faults, habits=habits, stack=True, **more)


STACK: Mapping[str, Round] = {
    "stack-kills": _on_stack(
        "SIGKILL to web, relays and projectors, and to Kafka and MongoDB, which are started again",
        KILL_WORKER,
        KILL_WEB,
        KILL_LEADER,
        *(Kill(name, any_of(name)) for name in (*RELAY_NAMES, *PROJECTOR_NAMES)),
        ServerOutage("kafka"),
        ServerOutage("mongo"),
        habits=HASTY,
    ),
    "stack-freeze": _on_stack(
        "SIGSTOP to the leading relay past its lease and to a projector past its session, then SIGCONT",
        FREEZE_LEADER,
        FREEZE_MEMBER,
    ),
    "stack-away": _on_stack("Kafka gone, then silent; the topic deleted", KAFKA_DEAD, KAFKA_SILENT, DeleteTopic()),
    "stack-topic": _on_stack(
        "messages lost, overtaken by those of other partitions, sent again, and deleted before they were read",
        LoseAndReorder(),
        Redeliver(),
        ExpireUnread(PROJECTOR_NAMES),
        relays=LOSSY_RELAYS,
    ),
    "stack-group": _on_stack(
        "three projectors leave and rejoin, politely or killed; one stays away; one is frozen",
        LeaveAndRejoin(PROJECTOR_NAMES),
        RemoveMember(PROJECTOR_NAMES),
        FREEZE_MEMBER,
    ),
    "stack-cut": _on_stack(
        "responses of MongoDB and Kafka dropped after the request took effect; MongoDB unreachable after a commit",
        *map(DropResponse, REQUESTS),
        MONGO_UNREACHABLE,
        habits=HASTY,
    ),
    "stack-disk": _on_stack(
        "no room for the read model, while projectors die",
        FILL_READ_MODEL,
        KILL_ANY_PROJECTOR,
        volumes={"read": VOLUME_BYTES},
        settings=READ_VOLUME,
    ),
    "stack-guards": _on_stack(
        GUARDS,
        *_guards(KILL_ANY_PROJECTOR, FREEZE_LEADER, FREEZE_MEMBER),
        habits=Habits(erases=True, list_patience_s=0.5),
        pauses_s=(0.2, 1.0),
        readers=2,
    ),
    "stack-everything": _on_stack(
        "every kind of fault, all on one site",
        *(KILL_WORKER, KILL_WEB, KILL_LEADER, KILL_ANY_PROJECTOR, FREEZE_LEADER, FREEZE_MEMBER),
        *(LeaveAndRejoin(PROJECTOR_NAMES), RemoveMember(PROJECTOR_NAMES)),
        *(KAFKA_DEAD, KAFKA_SILENT, ServerOutage("mongo"), FILL_READ_MODEL),
        *(LoseAndReorder(), Redeliver(), ExpireUnread(PROJECTOR_NAMES), DeleteTopic()),
        *map(DropResponse, ("append", "position assignment", "clearing of pending", "produce")),
        MONGO_UNREACHABLE,
        relays=LOSSY_RELAYS,
        habits=HASTY,
        pauses_s=(0.2, 1.0),
        volumes={"read": VOLUME_BYTES},
        settings=READ_VOLUME,
    ),
}

ROUNDS: Mapping[str, Round] = {**EMBEDDED, **STACK}
SHORT = ("everything", "duplicates", "disk", "rebuild", "guards")
"""Every kind of fault once; what CI runs."""
SHORT_STACK = ("stack-everything", "stack-guards")
"""Again every kind of fault once, on one set of servers: they take long to start."""
