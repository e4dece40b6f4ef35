"""The request at hand and what is kept with it, without Flask's proxies between: each look through one costs more than
what it finds, and a call of the API takes dozens."""

from flask import Flask, Request
from flask.ctx import _AppCtxGlobals
from flask.globals import _cv_app, _cv_request


def asked() -> Request:
    """What `request` stands for. Raises LookupError outside of a request."""
    return _cv_request.get().request


def kept() -> _AppCtxGlobals:
    """What `g` stands for."""
    return _cv_app.get().g


def serving() -> Flask:
    """What `current_app` stands for."""
    return _cv_app.get().app
