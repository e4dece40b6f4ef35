"""Child processes that are started again when they die, and that never outlive whoever started them."""

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
SETTLED_AFTER = 10.0
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One kept-alive process. `due` is when to start it (monotonic seconds) while it isn't running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    delay: float = FIRST_DELAY
    partial: bytes = b""


@dataclass
class Family:
    """All children: their pid files, their output, their restarts. Runs in one thread, driven by `turn`."""

    children: list[Child]
    folder: Path
    directory: Path
    environment: Mapping[str, str]
    say: Callable[[str], None]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def turn(self, wait: float) -> None:
        """Starts who is due, passes on what they say, notices who died."""
        for child in self.children:
            if child.process is None and time.monotonic() >= child.due:
                self.start(child)
        self.listen(wait)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self.bury(child)

    def start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            env=self.environment,
            process_group=0,
            preexec_fn=die_with(os.getpid()),
        )
        child.started = time.monotonic()
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)
        # On a full disk the site goes on without the file.
        with contextlib.suppress(OSError):
            self.pid_file(child).write_text(f"{child.process.pid}\n", encoding="ascii")

    def listen(self, wait: float) -> None:
        if not self.selector.get_map():
            time.sleep(wait)
        for key, _ in self.selector.select(wait):
            if not self.pass_on(key.data, key.fd):
                self.selector.unregister(key.fileobj)

    def pass_on(self, child: Child, fd: int) -> bool:
        """One read's worth of output, by lines, with the child's name before each. False at the end."""
        try:
            chunk = os.read(fd, 65536)
        except BlockingIOError:
            return True
        *lines, child.partial = (child.partial + chunk).split(b"\n")
        if not chunk and child.partial:
            lines, child.partial = [child.partial], b""
        for line in lines:
            self.say(f"{child.name:<9} | {line.decode(errors='replace')}")
        return bool(chunk)

    def bury(self, child: Child) -> None:
        """Decides when a dead child starts again: soon, and later each time it dies young."""
        ending = self.close(child)
        if time.monotonic() - child.started >= SETTLED_AFTER:
            child.delay = FIRST_DELAY
        self.say(f"{child.name} {ending}; starting it again in {child.delay:g} s.")
        child.due = time.monotonic() + child.delay
        child.delay = min(child.delay * 2, LONGEST_DELAY)

    def close(self, child: Child) -> str:
        process = child.process
        assert process is not None
        assert process.stdout is not None
        # Its own children would hold the port, or go on beside their successors.
        to_group(process.pid, signal.SIGKILL)
        if process.stdout in {key.fileobj for key in self.selector.get_map().values()}:
            while self.pass_on(child, process.stdout.fileno()) and readable(process.stdout.fileno()):
                pass
            self.selector.unregister(process.stdout)
        process.stdout.close()
        self.pid_file(child).unlink(missing_ok=True)
        child.process = None
        return ending(process.wait())

    def stop(self, grace: float, hurry: Callable[[], bool]) -> None:
        """SIGTERM to all, SIGKILL to whoever is still there after `grace` seconds or when `hurry` says so."""
        for child in self.running():
            assert child.process is not None
            child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.running() and time.monotonic() < deadline and not hurry():
            self.listen(0.05)
            self.close_ended()
        for child in self.running():
            assert child.process is not None
            self.say(f"{child.name} did not stop in time and is killed.")
            to_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self.close(child)

    def running(self) -> list[Child]:
        return [child for child in self.children if child.process is not None]

    def close_ended(self) -> None:
        for child in self.running():
            if child.process is not None and child.process.poll() is not None:
                self.close(child)

    def pid_file(self, child: Child) -> Path:
        return self.folder / f"{child.name}.pid"


def die_with(parent: int) -> Callable[[], None] | None:
    """What a child does before it becomes its command, so that it dies when `parent` does, SIGKILL included."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def to_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def readable(fd: int) -> bool:
    with selectors.DefaultSelector() as one:
        one.register(fd, selectors.EVENT_READ)
        return bool(one.select(0))


def ending(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
