"""The request at hand and what is kept with it, without Flask's proxies between: each look through one costs more than
what it finds, and a call of the API takes dozens."""

from typing import Any, cast

from flask import Request, g, request
from flask.ctx import _AppCtxGlobals


def asked() -> Request:
    """What `request` stands for."""
    return cast(Any, request)._get_current_object()


def kept() -> _AppCtxGlobals:
    """What `g` stands for."""
    return cast(Any, g)._get_current_object()
