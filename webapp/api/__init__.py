"""The JSON API for programs: the same commands and queries as the pages, on the same bus and the same rows."""

from flask import Flask, Response, request

from webapp.server import compression, input_checks, logs, metrics, security
from webapp.server.converters import AnyCaseIdConverter
from webapp.site import database
from webapp.site.site import WebProcess

from . import cors, problems, rate_limits, routes
from .stream_slots import Places

JSON = "application/json"


def create_api(process: WebProcess) -> Flask:
    """The application that programs call, to be mounted at /api. It has no sessions, forms, templates or languages."""
    app = Flask(__name__, static_folder=None)
    app.extensions["verbatim"] = process
    app.extensions["api_places"] = Places(lambda: process.threads)
    app.url_map.converters["id"] = AnyCaseIdConverter
    app.url_map.merge_slashes = False  # It redirects to the Host header.
    logs.init_app(app)
    metrics.init_app(app)
    security.start_api(app, process.site.settings)
    database.db.init_app(app)
    input_checks.init_app(app)
    app.before_request(_count_address)
    app.after_request(_add_headers)
    problems.init_app(app)
    app.register_blueprint(routes.bp)
    return app


def _count_address() -> None:
    if request.method != "OPTIONS":
        rate_limits.count_address()


def _add_headers(response: Response) -> Response:
    if response.mimetype in (JSON, problems.MEDIA_TYPE):
        compression.compress(response)
    rate_limits.add_headers(response)
    cors.add_headers(response)
    response.headers.add("Vary", "Authorization")
    return response
