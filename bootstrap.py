"""Builds everything from the settings: the only place that knows which adapter stands behind which port."""

from functools import cache
from pathlib import Path

import config
from domain.bus import CommandBus
from domain.handlers import all_handlers
from eventstore.codec import EventCodec
from eventstore.log import Log, StoreLog
from eventstore.sqlite import SqliteEventStore
from readmodel.generations import Generations
from readmodel.sessions import SqlSessions
from webapp import site as web

BadSetting = config.BadSetting
Settings = config.Settings


@cache
def settings() -> Settings:
    """The environment, read once a process. Raises BadSetting."""
    return config.read()


def event_store() -> SqliteEventStore:
    return SqliteEventStore(Path(settings().event_store_url.removeprefix("sqlite:///")))


def event_log() -> Log:
    return StoreLog(event_store())


def generations() -> Generations:
    return Generations(settings().read_model_url, settings().read_model_options)


def command_bus(store: SqliteEventStore) -> CommandBus:
    return CommandBus(store, EventCodec(), all_handlers())


def site() -> web.Site:
    """What the pages need, for one worker process."""
    read_model = generations()
    read_model.live()
    return web.Site(
        bus=command_bus(event_store()),
        live=read_model,
        sessions=SqlSessions(read_model.control),
        settings=web.Settings(
            secret_key=settings().secret_key,
            public_url=settings().public_url,
            rate_limits=settings().rate_limits,
        ),
    )


def logging() -> None:
    """Sets structured logs up as LOG_FORMAT says. For processes, not for tests."""
    from webapp.logs import configure

    configure(settings().log_format)
