"""Child processes that are restarted when they die, and that never outlive whoever started them."""

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

FIRST_RESTART_DELAY_S = 0.2
MAX_RESTART_DELAY_S = 5.0
STABLE_AFTER_S = 10.0
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process that is kept alive. start_at: when to start it, in monotonic seconds, while it isn't running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    restart_delay_s: float = FIRST_RESTART_DELAY_S
    partial_line: bytes = b""


@dataclass
class ProcessGroup:
    """The processes of one site: pid files, output, restarts. Runs in one thread, driven by run_once.

    report: prints what the group says. forward: prints a line of a child's output: the child's name, the line.
    """

    children: list[Child]
    folder: Path
    directory: Path
    environment: Mapping[str, str]
    report: Callable[[str], None]
    forward: Callable[[str, str], None]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def run_once(self, timeout_s: float) -> None:
        """Starts what is due, forwards output for up to timeout_s, and notices who died."""
        for child in self.children:
            if child.process is None and time.monotonic() >= child.start_at:
                self.start(child)
        self.forward_output(timeout_s)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self.schedule_restart(child)

    def start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            env=self.environment,
            process_group=0,
            preexec_fn=kill_with_parent(os.getpid()),
        )
        child.started = time.monotonic()
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)
        # On a full disk the site goes on without the file.
        with contextlib.suppress(OSError):
            self.pid_file(child).write_text(f"{child.process.pid}\n", encoding="ascii")

    def forward_output(self, timeout_s: float) -> None:
        if not self.selector.get_map():
            time.sleep(timeout_s)
        for key, _ in self.selector.select(timeout_s):
            if not self.forward_chunk(key.data, key.fd):
                self.selector.unregister(key.fileobj)

    def forward_chunk(self, child: Child, fd: int) -> bool:
        """Forwards one read's worth of output, by lines. False at the end."""
        try:
            chunk = os.read(fd, 65536)
        except BlockingIOError:
            return True
        *lines, child.partial_line = (child.partial_line + chunk).split(b"\n")
        if not chunk and child.partial_line:
            lines, child.partial_line = [child.partial_line], b""
        for line in lines:
            self.forward(child.name, line.decode(errors="replace"))
        return bool(chunk)

    def schedule_restart(self, child: Child) -> None:
        """Restarts a dead child after a delay, which doubles each time that it dies young."""
        exit_description = self.reap(child)
        if time.monotonic() - child.started >= STABLE_AFTER_S:
            child.restart_delay_s = FIRST_RESTART_DELAY_S
        self.report(f"{child.name} {exit_description}; starting it again in {child.restart_delay_s:g} s.")
        child.start_at = time.monotonic() + child.restart_delay_s
        child.restart_delay_s = min(child.restart_delay_s * 2, MAX_RESTART_DELAY_S)

    def reap(self, child: Child) -> str:
        process = child.process
        assert process is not None
        assert process.stdout is not None
        # Its own children would hold the port, or go on beside their successors.
        signal_group(process.pid, signal.SIGKILL)
        if process.stdout in {key.fileobj for key in self.selector.get_map().values()}:
            while self.forward_chunk(child, process.stdout.fileno()) and is_readable(process.stdout.fileno()):
                pass
            self.selector.unregister(process.stdout)
        process.stdout.close()
        self.pid_file(child).unlink(missing_ok=True)
        child.process = None
        return describe_exit(process.wait())

    def stop(self, grace_s: float, is_hurried: Callable[[], bool]) -> None:
        """SIGTERM to all, SIGKILL to whoever is still there after grace_s seconds or once is_hurried."""
        for child in self.running():
            assert child.process is not None
            child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while self.running() and time.monotonic() < deadline and not is_hurried():
            self.forward_output(0.05)
            self.reap_ended()
        for child in self.running():
            assert child.process is not None
            self.report(f"{child.name} did not stop in time and is killed.")
            signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self.reap(child)

    def running(self) -> list[Child]:
        return [child for child in self.children if child.process is not None]

    def reap_ended(self) -> None:
        for child in self.running():
            if child.process is not None and child.process.poll() is not None:
                self.reap(child)

    def pid_file(self, child: Child) -> Path:
        return self.folder / f"{child.name}.pid"


def kill_with_parent(parent: int) -> Callable[[], None] | None:
    """A preexec_fn by which a child is killed when `parent` dies, by SIGKILL too. None where the system has no such."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def is_readable(fd: int) -> bool:
    with selectors.DefaultSelector() as one:
        one.register(fd, selectors.EVENT_READ)
        return bool(one.select(0))


def describe_exit(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
