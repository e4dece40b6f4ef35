"""Builds the site behind the pages from the settings, for one worker process."""

from contextlib import suppress
from functools import partial

import bootstrap
from operational import moderation_cursor
from operational.sessions import SqlSessions
from readmodel.generations.errors import GenerationGone
from readmodel.generations.store_match import StoreMatch
from webapp.site import reserved_handles
from webapp.site.rate_counters import Counts
from webapp.site.site import Settings, Site


def site() -> Site:
    given = bootstrap.settings()
    read_model = bootstrap.generations()
    with suppress(GenerationGone):
        read_model.live()
    store = bootstrap.event_store()
    counts = Counts(given.data_dir / "run" / f"counts-{given.port}", given.keys.current) if given.rate_limits else None
    return Site(
        belonging=StoreMatch(store, read_model.connect),
        bus=bootstrap.command_bus(store),
        counts=counts,
        live=read_model,
        lag=bootstrap.lag_meter(store, read_model).measure,
        moderation_lag=partial(moderation_cursor.lag, read_model.control, store),
        sessions=SqlSessions(read_model.control, given.retention.sessions),
        settings=Settings(
            keys=given.keys,
            public_url=given.public_url,
            local_url=given.local_url,
            cors_origins=given.cors_origins,
            reserved_handles=reserved_handles.changed(given.reserved_handles, given.free_handles),
            security_contact=given.security_contact,
            metrics_token=given.metrics_token,
            retention=given.retention,
            has_topic=given.event_log_url != "store:",
            leave_after=given.leave_after,
        ),
    )
