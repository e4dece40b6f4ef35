"""Which projector has which partitions, in a file that a drill rewrites: a stand-in for a group coordinator."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

PARTITIONS = 3
_NAME = "assignment.json"


def assign(folder: Path, members: Sequence[str], dice: random.Random) -> None:
    """Deals the partitions out at random; somebody may get none. Readers see the old file or the new one."""
    dealt: dict[str, list[int]] = {member: [] for member in members}
    for partition in range(PARTITIONS):
        dealt[dice.choice(members)].append(partition)
    draft = folder / f"{_NAME}.new"
    draft.write_text(json.dumps(dealt))
    draft.replace(folder / _NAME)


def assigned(folder: Path, member: str) -> frozenset[int]:
    """What a member has now."""
    try:
        return frozenset(json.loads((folder / _NAME).read_text()).get(member, ()))
    except FileNotFoundError:
        return frozenset()
