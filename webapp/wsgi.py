"""The WSGI application that gunicorn serves, built once in each worker, after the fork."""

import bootstrap
from webapp.server import behind_proxy
from webapp.server.logs import add_request_id

from . import create_app
from .build import site

with bootstrap.starting("web"):
    bootstrap.configure_logs(add_request_id)
    app = create_app(site())
    if bootstrap.settings().trusted_proxies:
        behind_proxy.trust_one(app)
