"""The WSGI application that gunicorn serves, built once in each worker, after the fork."""

import bootstrap

from . import create_app
from .build import site

with bootstrap.starting("web"):
    bootstrap.logging()
    app = create_app(site())
