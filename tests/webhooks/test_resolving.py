"""A name server that doesn't answer holds up nobody: not its own delivery for long, not the others, not the end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.webhooks.conftest import eventually
from webhooks.addresses import KafkaAddress
from webhooks.calling import Caller
from webhooks.refusals import CutOff, NotCalled
from webhooks.resolving import Resolver

HERE: list[KafkaAddress] = [(socket.AF_INET, "127.0.0.1")]


class Silent:
    """Looks names up, those that begin with "silent" not before it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[KafkaAddress]:
        self.asked.append(host)
        if host.startswith("silent"):
            self.go.wait(20)
        return HERE


@pytest.fixture
def silent() -> Iterator[Silent]:
    made = Silent()
    yield made
    made.go.set()
    eventually(lambda: not _resolving())


def _resolving() -> int:
    return sum(thread.name == "resolving" for thread in threading.enumerate())


def _soon(seconds: float = 0.05) -> float:
    return time.monotonic() + seconds


def test_a_look_up_ends_in_time_for_whoever_waits(silent: Silent):
    began = time.monotonic()
    with pytest.raises(NotCalled, match=r"silent\.test couldn't be looked up in time"):
        Caller(private=True, timeout_s=0.1, resolver=Resolver(silent)).post("http://silent.test/", {}, b"")
    assert time.monotonic() - began < 2


def test_others_are_looked_up_meanwhile(silent: Silent):
    resolver = Resolver(silent)
    with pytest.raises(NotCalled):
        resolver.places("silent.test", _soon())
    assert resolver.places("there.test", _soon(5)) == HERE


def test_all_who_ask_for_one_host_share_its_look_up(silent: Silent):
    resolver = Resolver(silent, most=2)
    for _ in range(5):
        with pytest.raises(NotCalled, match="in time"):
            resolver.places("silent.test", _soon(0.01))
    assert (silent.asked, _resolving()) == (["silent.test"], 1)


def test_threads_are_bounded_and_come_free_again(silent: Silent):
    resolver = Resolver(silent, most=3)
    for number in range(3):
        with pytest.raises(NotCalled, match="in time"):
            resolver.places(f"silent-{number}.test", _soon(0.01))
    with pytest.raises(NotCalled, match="too many other names"):
        resolver.places("there.test", _soon(5))
    assert _resolving() == 3
    silent.go.set()
    eventually(lambda: not _resolving())
    assert resolver.places("there.test", _soon(5)) == HERE


def test_what_a_look_up_raises_reaches_who_asked():
    with pytest.raises(NotCalled, match="has no address"):
        Resolver().places("nowhere.invalid", _soon(20))


def test_whoever_waits_is_cut_off_at_the_end(silent: Silent):
    caller = Caller(private=True, timeout_s=20, resolver=Resolver(silent))
    ended = _in_thread(lambda: caller.post("http://silent.test/", {}, b""))
    eventually(lambda: silent.asked)
    caller.cut_off()
    eventually(lambda: ended)
    assert isinstance(ended[0], CutOff)
    with pytest.raises(CutOff):
        caller.post("http://there.test/", {}, b"")


def _in_thread(call: Callable[[], object]) -> list[Exception]:
    ended: list[Exception] = []

    def run() -> None:
        try:
            call()
        except NotCalled as error:
            ended.append(error)

    threading.Thread(target=run, daemon=True).start()
    return ended
