"""Responses of MongoDB and Kafka that are dropped after the request took effect: nobody knows what happened."""

import time
from urllib.parse import urlsplit

import msgspec

import bootstrap

from .fault_proxy import KAFKA, MONGO, FaultProxy, Framing
from .faults import Fault, FaultContext

REQUEST_TIMEOUT_S = 90.0
"""People write all the time, so that such a request comes soon; a relay whose log was away takes half a minute."""


class Request(msgspec.Struct, frozen=True):
    """server: the proxy it goes over; begins, holds: what its frame has from the fifth byte on, and anywhere."""

    server: str
    begins: bytes = b""
    holds: bytes = b""

    def __call__(self, frame: bytes) -> bool:
        return frame.startswith(self.begins, 4) and self.holds in frame


def _mongo(command: str, collection: str) -> Request:
    name = collection.encode() + b"\0"
    return Request("mongo", holds=b"\x02" + command.encode() + b"\0" + len(name).to_bytes(4, "little") + name)


REQUESTS = {
    "append": _mongo("insert", "commits"),
    "position assignment": _mongo("insert", "numbers"),
    "clearing of pending": _mongo("update", "commits"),
    "checkpoint": _mongo("findAndModify", "relay"),
    # Kafka's numbers of requests: https://kafka.apache.org/protocol#protocol_api_keys
    "produce": Request("kafka", begins=b"\0\0"),
    "fetch": Request("kafka", begins=b"\0\1"),
    "heartbeat": Request("kafka", begins=b"\0\x0c"),
}


class DropResponse(Fault, frozen=True):
    """Drops the response to a request and its connection; then the server is unreachable for a share of outage_s.

    Where that is longer than a write looks for its outcome, people are told that nobody knows.
    """

    request: str
    then_unreachable: float = 0.0

    def inject(self, context: FaultContext) -> None:
        request = REQUESTS[self.request]
        proxy = context.proxies[request.server]
        if not proxy.drop_response(request, REQUEST_TIMEOUT_S, bool(self.then_unreachable)):
            return
        context.injected[f"response to {self.request} dropped"] += 1
        time.sleep(self.then_unreachable * context.outage_s)
        proxy.restore()

    def undo(self, context: FaultContext) -> None:
        context.proxies[REQUESTS[self.request].server].restore()


def start_proxies() -> tuple[dict[str, str], dict[str, FaultProxy]]:
    """The settings with which the site goes through proxies, and those by their server's name."""
    settings = bootstrap.settings()
    store_url, mongo = _proxied(settings.event_store_url, MONGO)
    log_url, kafka = _proxied(settings.event_log_url, KAFKA)
    return {"EVENT_STORE_URL": store_url, "EVENT_LOG_URL": log_url}, {"mongo": mongo, "kafka": kafka}


def _proxied(url: str, framing: Framing) -> tuple[str, FaultProxy]:
    server = urlsplit(url)
    proxy = FaultProxy((server.hostname or "", server.port or 0), framing)
    return url.replace(f":{server.port}/", f":{proxy.port}/", 1), proxy
