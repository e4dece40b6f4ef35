"""The WSGI application that gunicorn serves, built once in each worker, after the fork."""

import bootstrap
from webapp.server import behind_proxy
from webapp.server.logs import add_request_id

from . import create_app
from .build import site

with bootstrap.starting("web"):
    bootstrap.configure_logs(add_request_id)
    built = site()
    if built.counts is not None:
        built.counts.sweep()
    app = create_app(built)
    if bootstrap.settings().trusted_proxies:
        behind_proxy.trust_one(app)
