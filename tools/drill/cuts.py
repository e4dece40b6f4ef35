"""Connections that are cut after a request got through and before its answer comes back: nobody knows what happened."""

import time
from urllib.parse import urlsplit

import msgspec

import bootstrap

from .faults import Scene
from .wire import KAFKA, MONGO, Dialect, Wire

CUT_S = 90.0
"""People write all the time, so that what is to be cut comes soon; a relay whose log was away takes half a minute."""


class Request(msgspec.Struct, frozen=True):
    """server: the wire it goes over; begins, holds: what its frame has from the fifth byte on, and anywhere."""

    server: str
    begins: bytes = b""
    holds: bytes = b""

    def __call__(self, frame: bytes) -> bool:
        return frame.startswith(self.begins, 4) and self.holds in frame


def _mongo(verb: str, collection: str) -> Request:
    name = collection.encode() + b"\0"
    return Request("mongo", holds=b"\x02" + verb.encode() + b"\0" + len(name).to_bytes(4, "little") + name)


REQUESTS = {
    "an append": _mongo("insert", "commits"),
    "the numbering": _mongo("insert", "numbers"),
    "the end of a wait": _mongo("update", "commits"),
    "the checkpoint": _mongo("findAndModify", "relay"),
    # Kafka's numbers of requests: https://kafka.apache.org/protocol#protocol_api_keys
    "messages": Request("kafka", begins=b"\0\0"),
    "a fetch": Request("kafka", begins=b"\0\1"),
    "a heartbeat": Request("kafka", begins=b"\0\x0c"),
}


class Cut(msgspec.Struct, frozen=True):
    """Cuts between a request and its answer; then all other connections too, for so long as dark says.

    dark: in shares of the scene's away_s. Longer than a write looks for its outcome, people are told that nobody knows.
    """

    what: str
    dark: float = 0.0

    def strike(self, scene: Scene) -> None:
        request = REQUESTS[self.what]
        wire = scene.wires[request.server]
        if not wire.cut(request, CUT_S, dark=bool(self.dark)):
            return
        scene.done[f"cut between {self.what} and its answer"] += 1
        if self.dark:
            time.sleep(self.dark * scene.away_s)
            wire.mend()

    def heal(self, scene: Scene) -> None:
        scene.wires[REQUESTS[self.what].server].mend()


def wired() -> tuple[dict[str, str], dict[str, Wire]]:
    """What the site finds in its environment so that it takes the wires, and the wires by their server's name."""
    settings = bootstrap.settings()
    store, to_mongo = _wire(settings.event_store_url, MONGO)
    log, to_kafka = _wire(settings.event_log_url, KAFKA)
    return {"EVENT_STORE_URL": store, "EVENT_LOG_URL": log}, {"mongo": to_mongo, "kafka": to_kafka}


def _wire(url: str, dialect: Dialect) -> tuple[str, Wire]:
    server = urlsplit(url)
    wire = Wire((server.hostname or "", server.port or 0), dialect)
    return url.replace(f":{server.port}/", f":{wire.port}/", 1), wire
