"""The rounds on the embedded default: one file of events, one of the read model, a web and a projector."""

from collections.abc import Mapping

from .faults import FillDisk, Freeze, Kill, Operate, Rebalance
from .guards import AtOnce, BackUpAndRestore
from .processes import PROJECTOR, STANDBY, WEB, Definition, python
from .round import Round
from .writer import Habits

UNRULY = tuple(
    Definition(name=name, command=python("tools.drill.unruly"), environment={"DRILL_MEMBER": name})
    for name in ("projector-1", "projector-2")
)

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
        faults=(FillDisk("read", felt_by=("projector",)), FillDisk("events")),
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
    "guards": Round(
        about="rebuilt, verified, replayed, promoted, erased, backed up and restored, all at once, while processes die",
        processes=(WEB, PROJECTOR, STANDBY),
        habits=Habits(erases=True),
        faults=(
            AtOnce((("rebuild",), ("verify",), ("replay",)), Kill("projector")),
            AtOnce((("promote", "writer-1", "moderator"), ("rebuild",), ("rebuild",)), Freeze("projector", "standby")),
            AtOnce((("verify",), ("verify",), ("rebuild", "--back")), Kill("web", worker=True)),
            BackUpAndRestore(),
        ),
        pauses=(0.2, 1.0),
        readers=2,
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
