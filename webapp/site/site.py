"""The services that requests use, as one value that both applications share; build.py makes it."""

from collections.abc import Callable, Collection, Hashable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Protocol

import msgspec
from flask import current_app
from sqlalchemy import Connection, Engine

from domain import ids
from domain.bus import CommandBus
from domain.messages import Receipt
from domain.signing import SiteKeys
from operational.moderation_cursor import FollowerLag
from readmodel.engine.connections import Control
from readmodel.generations.connections import Connections
from readmodel.generations.lag import Lag
from readmodel.generations.store_match import StoreMatch
from retention import DEFAULT, Retention
from webapp.site import reserved_handles
from webapp.site.answer_memory import AnswerMemory
from webapp.site.rate_counters import Counts


class Live(Protocol):
    """The generation of the read model that serves now, and the tables beside it (control)."""

    @property
    def control(self) -> Engine:
        """What isn't folded: sessions, uses of tokens, requests."""

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to it, for what is no request."""

    def connections(self) -> Connections:
        """The connections of one request; the whole of it reads from the generation that it began with."""

    def wait(self, receipt: Receipt, timeout_s: float, connections: Connections | None = None) -> bool:
        """Whether it shows the receipt's stream at the receipt's version, in time. Asked by these connections."""

    def change_token(self) -> Hashable:
        """A value that is equal to an earlier one only where nothing was committed to it in between."""

    def is_outdated(self, control: Control | None = None) -> bool:
        """Whether it was filled for older read models; a fresh one is on its way then."""

    def status(self) -> dict[str, Any]:
        """Lag, generation and dead letters, for those who operate the site."""


class Sessions(Protocol):
    """Who is logged in, kept on the server so that it can be ended there."""

    def open(self, account: str) -> str:
        """Starts a session and gives its token."""

    def find(self, token: str, control: Control | None = None) -> str | None:
        """The account of a session that hasn't ended."""

    def ended(self, tokens: Collection[str]) -> set[str]:
        """Those whose session has ended."""

    def close(self, token: str) -> None: ...

    def close_all(self, account: str) -> None: ...


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """public_url: where people reach the site, "" when unknown. local_url: where its own machine does.

    wait_s: how long an answer waits for the lists. reserved_handles: not to be registered.
    cors_origins: sites whose pages may call the API, none unless configured.
    security_contact: a URI for reports of security holes, "" for none.
    metrics_token: what shows a program on another machine as the operator's, "" for none.
    has_topic: whether events go through Kafka, which keeps them for a while.
    leave_after: how long whoever leaves can come back.
    """

    keys: SiteKeys
    public_url: str = ""
    local_url: str = "http://localhost:8000"
    wait_s: float = 0.5
    cors_origins: tuple[str, ...] = ()
    reserved_handles: frozenset[str] = reserved_handles.DEFAULT
    security_contact: str = ""
    metrics_token: str = ""
    retention: Retention = DEFAULT
    has_topic: bool = False
    leave_after: timedelta = timedelta(days=14)

    @property
    def accepted_keys(self) -> list[str]:
        """The site's keys that count now, the current one last."""
        return self.keys.accepted(ids.now())

    @property
    def event_source(self) -> str:
        """The `source` of CloudEvents."""
        return f"{self.public_url or self.local_url}/api/v1/events"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """lag: how far the lists are behind the store at this moment; moderation_lag: how far the carrying out of what
    moderators decide is. belonging: whether they were folded from it.

    counts: what rate limits count with; None where nothing is limited.
    """

    belonging: StoreMatch
    bus: CommandBus
    counts: Counts | None = None
    live: Live
    lag: Callable[[], Lag]
    moderation_lag: Callable[[], FollowerLag]
    sessions: Sessions
    settings: Settings


def _never_stops() -> bool:
    return False


class WebProcess(msgspec.Struct):
    """What the pages and the API of one process share. threads: how many serve requests, as the server says."""

    site: Site
    answers: AnswerMemory = msgspec.field(default_factory=AnswerMemory)
    threads: int = 32
    stopping: Callable[[], bool] = _never_stops


def process() -> WebProcess:
    """The process that serves this request."""
    found: WebProcess = current_app.extensions["verbatim"]
    return found


def current() -> Site:
    """The site behind this request."""
    return process().site
