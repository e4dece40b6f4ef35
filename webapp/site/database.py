"""The read model for pages, by Flask-SQLAlchemy: db.session lasts as long as a request.

It reads from the generation that was live when the request first asked, whichever goes live meanwhile. The tables
beside the generations stand behind the bind key "control".
"""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from domain import ids
from readmodel import catalogue
from readmodel.engine import schema
from readmodel.engine.connections import Control
from readmodel.engine.queries import AccountByHandle, LikeableQuery, PopularTags, Query
from readmodel.engine.views import AccountView
from readmodel.generations.connections import Connections
from readmodel.generations.errors import NoGeneration

from . import page_reads, site

CONTROL = "control"

REMEMBERED = (AccountByHandle, LikeableQuery, PopularTags)
"""Queries that many ask alike."""

Answer = TypeVar("Answer")


class ReadModelSession(Session):
    """Its connections are the request's own: see readmodel.generations.connections."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        super().__init__(db=db, **options)
        self.connections = site.current().live.connections()

    def get_bind(
        self, *_what: Any, bind: Any = None, bind_key: str | None = None, **_named: Any
    ) -> Engine | Connection:
        if bind is not None:
            return bind
        return self.connections.control.connection() if bind_key == CONTROL else self.connections.live()

    def close(self) -> None:
        super().close()
        self.connections.close()


class ReadModelDatabase(SQLAlchemy):
    """Over the read model's own engines: a generation's comes and goes while the site runs, so none is configured."""

    def init_app(self, app: Flask) -> None:
        app.extensions["sqlalchemy"] = self
        app.teardown_appcontext(lambda _error: self.session.remove())

    @property
    def engines(self) -> Mapping[str | None, Engine]:
        return {CONTROL: site.current().live.control}


db = ReadModelDatabase(
    metadata=schema.metadata, session_options={"class_": ReadModelSession}, add_models_to_shell=False
)


def ask(query: Query) -> Any:
    """Asks the live read model a query, and returns its answer, which nobody may change."""
    answer = catalogue.answer_by(_for_strangers, live(), query)
    page_reads.note(query, answer)
    return answer


def _for_strangers(connection: Connection, query: Query) -> Any:
    make = partial(catalogue.answer_for_strangers, connection, query)
    answer = remember(query, make) if isinstance(query, REMEMBERED) else make()
    # A suspension runs out without a commit, so it may be over since the answer was made.
    return answer.as_of(ids.now()) if isinstance(answer, AccountView) else answer


def remember(question: Hashable, make: Callable[[], Answer]) -> Answer:
    """What `make` gives, or gave another request since anything was last committed to the read model.

    question: it and the read model alone decide the answer.
    """
    return site.process().answers.remember((connections().change_token(), question), make)


def live() -> Connection:
    """The request's connection to its generation."""
    return connections().live()


def control() -> Control:
    """The tables beside the generations, read by the request's own connection."""
    return connections().control


def outdated() -> bool:
    """Whether the live generation was filled for older read models, and may lack rows; False where nobody knows."""
    try:
        return site.current().live.is_outdated(control())
    except (NoGeneration, SQLAlchemyError):
        return False


def connections() -> Connections:
    """The request's connections, which db.session has. Core statements go by them, past the ORM's transactions."""
    return cast(ReadModelSession, db.session()).connections


def refresh() -> None:
    """Lets the next query see what was projected meanwhile, in a new generation too."""
    connections().refresh()


def release() -> None:
    """Returns the request's connections, before a stream or after an error. A later query opens new ones."""
    db.session.remove()
