"""The read model as Flask-SQLAlchemy sees it: one connection to the live generation, pinned for a request."""

from contextlib import AbstractContextManager
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection

import readmodel.catalogue as catalogue
from readmodel import schema
from readmodel.queries import Query

from . import site
from .at_hand import kept


class LiveSession(Session):
    """Reads from the generation that was live when the request first asked."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Connection:
        return _pinned()


db = SQLAlchemy(metadata=schema.metadata, session_options={"class_": LiveSession})


def start(app: Flask) -> None:
    """The configured address is never opened: get_bind always answers with the live generation."""
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.teardown_appcontext(_unpin)
    db.init_app(app)


def ask(query: Query) -> Any:
    """The answer of the live read model."""
    return catalogue.answer(_pinned(), query)


def refresh() -> None:
    """Lets go of the request's connection, so that the next question sees what was projected meanwhile."""
    db.session.remove()
    _unpin(None)


def _pinned() -> Connection:
    here = kept()
    found: Connection | None = here.get("live")
    if found is not None:
        return found
    opened: AbstractContextManager[Connection] = site.current().live.connect()
    connection = opened.__enter__()
    here.live, here.live_open = connection, opened
    return connection


def _unpin(_error: BaseException | None) -> None:
    """Runs after the session is removed: teardown functions run last registered, first called."""
    here = kept()
    if (opened := here.pop("live_open", None)) is not None:
        del here.live
        opened.__exit__(None, None, None)
