"""Operators' commands at the wrong moment: all at once and while processes die, each works or refuses in words."""

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

from .erased_texts import found_in_files
from .faults import Fault, FaultContext
from .leavers import unfinished
from .processes import ROOT, python, site_environment

COMMAND_TIMEOUT_S = 240.0
REFUSALS = re.compile(r"is under way already|was taken away:|There is no earlier generation|has gone live meanwhile")
"""Words of a command that would not do it just now. Whatever else ends with an error is a failure."""


class RunCommands(Fault, frozen=True):
    """`bin/verbatim` with each of these words, all at the same moment; meanwhile something else goes wrong.

    A command that is alone may not refuse.
    """

    commands: tuple[tuple[str, ...], ...]
    meanwhile: Fault | None = None

    def inject(self, context: FaultContext) -> None:
        may_refuse = len(self.commands) > 1
        threads = [threading.Thread(target=run_command, args=(context, words, may_refuse)) for words in self.commands]
        for thread in threads:
            thread.start()
        if self.meanwhile:
            time.sleep(context.rng.uniform(0.2, 2.0))
            self.meanwhile.inject(context)
        for thread in threads:
            thread.join()

    def undo(self, context: FaultContext) -> None:
        if self.meanwhile:
            self.meanwhile.undo(context)


class BackUpAndRestore(Fault, frozen=True):
    """Exports the site as it runs, imports that into an empty folder, and verifies what came of it there."""

    def inject(self, context: FaultContext) -> None:
        head = context.store.head()[0]
        folder = context.data_dir.parent / f"restored-{context.injected['backed up and restored']}"
        folder.mkdir()
        backup = folder / "backup.jsonl"
        elsewhere = site_environment(DATA_DIR=str(folder))
        if not (
            run_command(context, ("export", str(backup)))
            and run_command(context, ("import", str(backup)), environment=elsewhere)
            and run_command(context, ("verify",), environment=elsewhere)
        ):
            return
        commits = backup.read_bytes().count(b"\n") - 1
        if commits < head:
            context.failures.append(f"a backup that began at position {head} holds {commits} commits")
        context.injected["backed up and restored"] += 1


class RehearseBackups(Fault, frozen=True):
    """Backs the site up, as it runs, and rehearses that; then restores the oldest backup into an empty folder, with the
    newest ledger: nothing may come back of whoever had left by then."""

    def inject(self, context: FaultContext) -> None:
        number, base = context.injected["rehearsed"], context.data_dir.parent
        folder, oldest = base / "backups", base / "oldest-backups"
        gone = [one for one in context.leavers if one not in unfinished(context, context.leavers)]
        if not run_command(context, ("backup", str(folder)), may_refuse=False):
            return
        if not oldest.exists():
            shutil.copytree(folder, oldest)
        run_command(context, ("restore", str(folder), "--rehearse"), may_refuse=False)
        restored = base / f"oldest-restored-{number}"
        restored.mkdir()
        elsewhere = site_environment(DATA_DIR=str(restored), SECRET_KEY="another")
        again = ("restore", str(oldest), "--ledger", f"{folder}.erasures")
        for words in (again, ("verify", "--accept")):
            run_command(context, words, may_refuse=False, environment=elsewhere)
        context.failures.extend(found_in_files(restored, [one.phrase for one in gone]))
        context.injected["rehearsed"] += 1


def run_command(
    context: FaultContext, words: Sequence[str], may_refuse: bool = True, environment: Mapping[str, str] | None = None
) -> bool:
    """Runs one command to its end and reports how it went. Whether it did what it was asked to.

    environment: that of another site that it is about.
    """
    done = subprocess.run(
        python("cli", *words), cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=COMMAND_TIMEOUT_S, check=False,
    )  # fmt: skip
    output = f"{done.stdout}{done.stderr}"
    if done.returncode == 0 and "Traceback" not in output:
        context.injected[" ".join(words) if words[0] == "rebuild" else words[0]] += 1
        return True
    refusal = _refusal(output)
    if "Traceback" in output or not refusal or not may_refuse:
        context.failures.append(f"{' '.join(words)} ended with {done.returncode}: {output}")
    context.injected[f"{words[0]} refused ({refusal})"] += 1
    return False


def _refusal(output: str) -> str:
    """The first words of a refusal, without the numbers in them, so that equal ones are counted together."""
    lines = [line for line in output.splitlines() if REFUSALS.search(line)]
    return re.sub(r"[\d,]*\d", "N", " ".join(lines).removeprefix("Error: "))[:60]
