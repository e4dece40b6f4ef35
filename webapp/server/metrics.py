"""What is counted, for Prometheus: requests, commands, waits for the lists, and how far these are behind.

Under gunicorn each worker counts for itself and /metrics adds up; server/gunicorn_conf.py says where.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, cast

import msgspec
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from domain.bus import CommandBus
from domain.errors import Refused
from domain.messages import Command, Envelope, Receipt
from readmodel.generations.connections import Connections
from readmodel.generations.lag import PartitionLag
from webapp.site.site import Live, Site

REQUESTS = Counter("verbatim_requests_total", "Requests answered.", ["endpoint", "status"])
LATENCY = Histogram("verbatim_request_seconds", "Time until the answer was made.", ["endpoint"])
COMMANDS = Counter("verbatim_commands_total", "Commands, by what came of them.", ["command", "outcome"])
WAITS = Counter(
    "verbatim_waits_total", "Answers that waited for the lists, by whether these showed the change.", ["outcome"]
)
WAITED = Histogram(
    "verbatim_wait_seconds",
    "Time from a stored command until the lists showed it, or until the answer went out without.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2),
)


class CountedBus:
    """The bus, with a count of what it accepts and refuses. Everything else is the bus's own."""

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    def send(self, command: Command, envelope: Envelope) -> Receipt:
        outcome = "failed"
        try:
            receipt = self._bus.send(command, envelope)
            outcome = _outcome(receipt)
        except Refused as refusal:
            outcome = _outcome(refusal)
            raise
        finally:
            _commands(type(command), outcome).inc()
        return receipt

    def send_batch(self, commands: Sequence[tuple[Command, Envelope]]) -> list[Receipt | Refused]:
        outcomes = self._bus.send_batch(commands)
        for (command, _), outcome in zip(commands, outcomes, strict=True):
            _commands(type(command), _outcome(outcome)).inc()
        return outcomes


class CountedLive:
    """The live generation, with a count of how long answers wait for it."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def __getattr__(self, name: str) -> Any:
        return getattr(self._live, name)

    def wait(self, receipt: Receipt, timeout_s: float, connections: Connections | None = None) -> bool:
        with WAITED.time():
            shown = self._live.wait(receipt, timeout_s, connections)
        WAITS.labels("shown" if shown else "late").inc()
        return shown


class _SiteCollector(Collector):
    """Asked at each scrape, so it needs no process that keeps it fresh."""

    def __init__(self, gauges: dict[str, float], partitions: Iterable[PartitionLag]) -> None:
        self._gauges = gauges
        self._partitions = list(partitions)

    def collect(self) -> Iterator[Metric]:
        for name, value in self._gauges.items():
            yield GaugeMetricFamily(f"verbatim_{name}", _MEANING[name], value=value)
        for name, meaning in _OF_PARTITIONS.items():
            family = GaugeMetricFamily(f"verbatim_partition_lag_{name}", meaning, labels=["partition"])
            for one in self._partitions:
                family.add_metric([str(one.partition)], getattr(one, name))
            yield family


_MEANING = {
    "position": "Position of the newest commit in the store.",
    "checkpoint": "Position up to which the lists show everything.",
    "lag": "Commits that were acknowledged and that the lists don't show yet.",
    "lag_seconds": "How long the oldest of them has waited.",
    "unsequenced": "How many of them have no position yet.",
    "dead_letters": "Streams parked until somebody looks.",
    "moderation_lag": "Commits that the follower of moderation hasn't taken in yet.",
    "moderation_lag_seconds": "How long the oldest of them has waited.",
    "moderation_set_aside": "Commits that can't be carried out until something that can't be read is mended.",
    "backup_timestamp_seconds": "When the last backup was whole, in Unix time.",
    "rehearsal_timestamp_seconds": "When a restore was last rehearsed without a difference, in Unix time.",
    "ready": "1 where the store and the lists can be read.",
}


_OF_PARTITIONS = {
    "commits": "Commits of this partition that the lists don't show yet.",
    "seconds": "How long the oldest of them has waited.",
}


def counted(site: Site) -> Site:
    """The same site, with counts of what requests do with its bus and its live generation."""
    bus, live = cast(CommandBus, CountedBus(site.bus)), cast(Live, CountedLive(site.live))
    return msgspec.structs.replace(site, bus=bus, live=live)


def init_app(app: Flask) -> None:
    """Counts and times the application's requests."""
    app.before_request(_begin)
    app.after_request(_count)


def exposed(gauges: dict[str, float], partitions: Iterable[PartitionLag] = ()) -> bytes:
    """Everything counted, in Prometheus' text format, with these values of the moment."""
    registry = CollectorRegistry()
    registry.register(_SiteCollector(gauges, partitions))
    # The client library chose when it was imported, by PROMETHEUS_MULTIPROC_DIR.
    if values.ValueClass is not values.MutexValue:
        MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)


def _outcome(outcome: Receipt | Refused) -> str:
    if isinstance(outcome, Refused):
        return f"refused: {type(outcome).__name__}"
    return "repeated" if outcome.repeated else "accepted" if outcome.commit else "unchanged"


def _begin() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    count(request.endpoint or "none", response.status_code, time.perf_counter() - g.started)
    return response


def count(endpoint: str, status: int, seconds: float | None) -> None:
    """Counts one answer; seconds: how long it took to make, None where that isn't known."""
    requests, latency = _request_metrics(endpoint, status)
    requests.inc()
    if seconds is not None:
        latency.observe(seconds)


@cache
def _commands(kind: type[Command], outcome: str) -> Counter:
    return COMMANDS.labels(kind.__name__, outcome)


@cache
def _request_metrics(endpoint: str, status: int) -> tuple[Counter, Histogram]:
    """Looking labels up costs more than counting. There are as many as views and statuses."""
    return REQUESTS.labels(endpoint, status), LATENCY.labels(endpoint)
