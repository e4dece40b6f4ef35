"""For whoever runs the site: is it alive, is it ready, what does it count."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

import msgspec
from flask import Blueprint, Response, make_response, request
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Damaged, Unavailable
from operational import backup_runs
from readmodel.generations.errors import NoGeneration
from readmodel.generations.lag import PartitionLag
from webapp.site import database, site

from . import metrics

bp = Blueprint("ops", __name__)


class Health(msgspec.Struct, kw_only=True):
    """position, checkpoint: of the newest commit in the store, and of the newest one that the lists show.

    lag, lag_seconds: how many commits were acknowledged and aren't shown, and how long the oldest of them has waited;
    unsequenced: how many of them have no position yet; partitions: the same for each part of the log that is behind.
    moderation_lag, moderation_lag_seconds, moderation_set_aside: commits that moderation.follower hasn't taken in, how
    long the oldest has waited, and those it put aside as something can't be read. None where unknown.
    """

    ready: bool = True
    problem: str = ""
    position: int | None = None
    checkpoint: int | None = None
    lag: int | None = None
    lag_seconds: float | None = None
    unsequenced: int | None = None
    partitions: tuple[PartitionLag, ...] | None = None
    dead_letters: int | None = None
    moderation_lag: int | None = None
    moderation_lag_seconds: float | None = None
    moderation_set_aside: int | None = None


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers. It asks nothing else: a database that is down is no reason to kill this process."""
    return _plain(b"ok\n", 200)


def is_operator() -> bool:
    """Whether the request comes from this very machine, past any proxy, or shows METRICS_TOKEN.

    A proxy on this machine that isn't trusted (TRUSTED_PROXIES) would make everybody local, so what went through one
    has to show the token.
    """
    token = site.current().settings.metrics_token
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and compare_digest(shown.encode(), token.encode()):
        return True
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
    if forwarded and "werkzeug.proxy_fix.orig" not in request.environ:
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def for_operators(view: Callable[[], Response]) -> Callable[[], Response]:
    """The view, which answers 403 to everybody else."""

    @wraps(view)
    def guarded() -> Response:
        if not is_operator():
            return _plain(b"Only from the machine itself, or with the token that METRICS_TOKEN names.\n", 403)
        return view()

    return guarded


@bp.get("/readyz")
@for_operators
def readyz() -> Response:
    found = health()
    response = make_response(msgspec.json.encode(found), 200 if found.ready else 503)
    response.mimetype = "application/json"
    response.cache_control.no_store = True
    return response


@bp.get("/metrics")
@for_operators
def counted() -> Response:
    found = health()
    gauges: dict[str, Any] = msgspec.structs.asdict(found)
    del gauges["problem"]
    partitions = gauges.pop("partitions") or ()
    known = {name: float(value) for name, value in gauges.items() if value is not None} | _backups()
    response = _plain(metrics.exposed(known, partitions), 200)
    response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    return response


def _backups() -> dict[str, float]:
    """When backups and rehearsals last succeeded; without what never did, or can't be read now."""
    try:
        runs = backup_runs.last(database.control())
    except (SQLAlchemyError, OSError):
        return {}
    return {f"{kind}_timestamp_seconds": datetime.fromisoformat(run.at).timestamp() for kind, run in runs.items()}


def health() -> Health:
    """Asks the store and the lists. A sentence says which of them doesn't answer, and what to look at."""
    found = Health()
    try:
        found.position = site.current().bus.position()
    except (Unavailable, Damaged, OSError) as error:
        _wrong(found, f"The event store can't be read: {error}")
    try:
        status = site.current().live.status()
    except NoGeneration as error:
        _wrong(found, str(error))
    except (SQLAlchemyError, Unavailable, OSError) as error:
        _wrong(found, f"The read model can't be read: {type(error).__name__}. Is its database up and migrated?")
    else:
        found.checkpoint, found.dead_letters = status["checkpoint"], len(status["dead_letters"])
        _add_mismatch(found)
    if found.position is not None and found.checkpoint is not None:
        _add_lag(found)
        _add_moderation_lag(found)
    return found


def _add_mismatch(found: Health) -> None:
    """Pages go on showing what is there, until a fresh generation takes its place."""
    try:
        mismatch = site.current().belonging.mismatch()
    except (SQLAlchemyError, Unavailable, Damaged, OSError) as error:
        _wrong(found, f"Whether the lists belong to the event store isn't known: {type(error).__name__}.")
        return
    if mismatch is not None:
        _wrong(found, str(mismatch))


def _add_lag(found: Health) -> None:
    try:
        lag = site.current().lag()
    except (SQLAlchemyError, Unavailable, Damaged, OSError) as error:
        _wrong(found, f"How far the lists are behind isn't known: {type(error).__name__}.")
        return
    found.lag, found.lag_seconds, found.unsequenced = lag.commits, lag.seconds, lag.unsequenced
    found.partitions = lag.partitions


def _add_moderation_lag(found: Health) -> None:
    """Not known, it makes nobody unready: pages show as much without it."""
    with suppress(SQLAlchemyError, Unavailable, Damaged, OSError):
        lag = site.current().moderation_lag()
        found.moderation_lag, found.moderation_lag_seconds = lag.commits, lag.seconds
        found.moderation_set_aside = lag.set_aside


def _wrong(found: Health, sentence: str) -> None:
    found.ready = False
    found.problem = f"{found.problem} {sentence}".strip()


def _plain(body: bytes, status: int) -> Response:
    response = make_response(body, status)
    response.mimetype = "text/plain"
    response.cache_control.no_store = True
    return response
