"""The read model as Flask-SQLAlchemy sees it: one connection to the live generation, held for a request."""

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

import readmodel.catalogue as catalogue
from readmodel.engine import schema
from readmodel.engine.connections import Control, Held
from readmodel.engine.queries import Query
from readmodel.generations.errors import NoGeneration
from webapp.at_hand import kept

from . import site


class LiveSession(Session):
    """Reads from the generation that was live when the request first asked."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Connection:
        return _pinned()


db = SQLAlchemy(metadata=schema.metadata, session_options={"class_": LiveSession})


def start(app: Flask) -> None:
    """The configured address is never opened: get_bind always answers with the live generation."""
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.teardown_appcontext(_close)
    db.init_app(app)


def ask(query: Query) -> Any:
    """The answer of the live read model."""
    return catalogue.answer(_pinned(), query)


def control() -> Control:
    """The tables beside the generations, read by the request's own connection."""
    return held().control


def checkpoint() -> int:
    """A number that rises with every batch that pages could show; no two generations have the same."""
    return held().checkpoint()


def outdated() -> bool:
    """Whether what is shown was filled for older read models, and may lack what is newer; False where nobody knows."""
    try:
        return site.current().live.is_outdated(control())
    except (NoGeneration, SQLAlchemyError):
        return False


def held() -> Held:
    """What the request at hand holds, until it ends."""
    here = kept()
    found: Held | None = here.get("held")
    if found is None:
        here.held = found = site.current().live.hold()
    return found


def refresh() -> None:
    """Has the next question see what was projected meanwhile, in a new generation too."""
    db.session.remove()
    held().refresh()


def let_go() -> None:
    """Gives the request's connections back, before a stream or after an error. What is asked later opens them again."""
    db.session.remove()
    _close(None)


def _pinned() -> Connection:
    return held().live()


def _close(_error: BaseException | None) -> None:
    """Runs after the session is removed: teardown functions run last registered, first called."""
    if (found := kept().pop("held", None)) is not None:
        found.close()
