"""The JSON API for programs: the same commands and queries as the pages, on the same bus and the same rows."""

from typing import cast

from flask import Blueprint, Flask, Response
from flask.blueprints import BlueprintSetupState

from webapp.at_hand import asked
from webapp.server import security

from . import cors, docs, problems, rate_limits, routes
from .stream_slots import THREADS, Places

bp = Blueprint("api", __name__)
security.csrf.exempt(bp)
routes.register(bp)
docs.register(bp)


@bp.record_once
def start(state: BlueprintSetupState) -> None:
    """What every call has in common, also those to addresses that don't exist."""
    app = cast(Flask, state.app)
    app.extensions["api_places"] = Places(lambda: app.extensions.get("threads", THREADS))
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    if problems.wanted() and asked().method != "OPTIONS":
        rate_limits.count_address()


def _end(response: Response) -> Response:
    if problems.wanted():
        rate_limits.tell(response)
        cors.allow(response)
        response.headers.add("Vary", "Authorization")
    return response
