"""What an operator does to guard a site, all at once and while processes die: it works, or refuses in words."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from .faults import Fault, Scene
from .processes import ROOT, python

LONGEST_S = 240.0
REFUSALS = re.compile(r"is under way already|was taken away:|There is no earlier generation|has gone live meanwhile")
"""Words of a command that would not do it just now. Whatever else ends with an error is a fault."""
_OWN = ("DATA_DIR", "EVENT_STORE_URL", "EVENT_LOG_URL", "READ_MODEL_URL", "SECRET_KEY")


class AtOnce(msgspec.Struct, frozen=True):
    """`bin/verbatim` with each of these words, started at the same moment; meanwhile something else goes wrong."""

    commands: tuple[tuple[str, ...], ...]
    meanwhile: Fault

    def strike(self, scene: Scene) -> None:
        threads = [threading.Thread(target=operate, args=(scene, words)) for words in self.commands]
        for thread in threads:
            thread.start()
        time.sleep(scene.dice.uniform(0.2, 2.0))
        self.meanwhile.strike(scene)
        for thread in threads:
            thread.join()

    def heal(self, scene: Scene) -> None:
        self.meanwhile.heal(scene)


class BackUpAndRestore(msgspec.Struct, frozen=True):
    """Exports the site as it runs, takes the export into an empty folder, and verifies what came of it there."""

    def strike(self, scene: Scene) -> None:
        head = scene.store.head()[0]
        folder = scene.places["data"].parent / f"restored-{scene.done['backed up and restored']}"
        folder.mkdir()
        backup = folder / "backup.jsonl"
        if not operate(scene, ("export", str(backup))):
            return
        elsewhere = {"DATA_DIR": str(folder), "RATE_LIMITS": "off"}
        for words in (("import", str(backup)), ("verify",)):
            if not operate(scene, words, elsewhere):
                return
        held = backup.read_bytes().count(b"\n") - 1
        if held < head:
            scene.failed.append(f"a backup that began at position {head} holds {held} commits")
        scene.done["backed up and restored"] += 1

    def heal(self, scene: Scene) -> None:
        """Nothing is left of the site's own."""


def operate(scene: Scene, words: Sequence[str], elsewhere: Mapping[str, str] | None = None) -> bool:
    """Runs one command to its end and notes how it went. Whether it did what it was asked to.

    elsewhere: the settings of another site, on the embedded default, that it is about.
    """
    environment = dict(os.environ)
    if elsewhere is not None:
        environment = {name: value for name, value in environment.items() if name not in _OWN} | dict(elsewhere)
    done = subprocess.run(
        python("cli", *words), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_S
    )
    said = f"{done.stdout}{done.stderr}"
    verb = words[0]
    if done.returncode == 0 and "Traceback" not in said:
        scene.done[verb] += 1
        return True
    if "Traceback" in said or not REFUSALS.search(said):
        scene.failed.append(f"{' '.join(words)} ended with {done.returncode}: {said}")
    scene.done[f"{verb} refused ({_reason(said)})"] += 1
    return False


def _reason(said: str) -> str:
    """The first words of a refusal, without the numbers in them, so that equal ones are counted together."""
    lines = [line for line in said.splitlines() if REFUSALS.search(line)]
    return re.sub(r"[\d,]*\d", "N", " ".join(lines).removeprefix("Error: "))[:60]


def restored_folders(folder: Path) -> list[Path]:
    """What BackUpAndRestore has left; a backup holds what was erased after it was made."""
    return sorted(folder.glob("restored-*"))
