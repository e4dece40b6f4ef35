"""The catalogue: every query has one answer, every event is taken in, and mistakes are found at start."""

import pytest
from sqlalchemy import Connection

from domain.catalogue import GROUPS
from readmodel import catalogue
from readmodel.engine import queries
from readmodel.engine.model import ReadModel
from readmodel.engine.queries import FindPosts, LikeableQuery, Query
from tests.readmodel.site import Site


def _other(_connection: Connection, _query: FindPosts) -> None:
    return None


def test_two_answers_to_one_query_are_refused_at_start() -> None:
    second = ReadModel(tables=(), folds={}, answers={FindPosts: _other})

    with pytest.raises(ValueError, match=r"FindPosts has two answers: readmodel\.feed\.find_posts and .*_other"):
        catalogue.answers_of((*catalogue.READ_MODELS, second))


def test_every_query_has_an_answer() -> None:
    kinds = {kind for kind in vars(queries).values() if isinstance(kind, type) and issubclass(kind, Query)}
    asked = kinds - {Query, LikeableQuery}

    assert asked <= set(catalogue.answers_of(catalogue.READ_MODELS))


def test_every_event_is_folded_somewhere() -> None:
    assert {event for group in GROUPS for event in group} <= set(catalogue.folds_of(catalogue.READ_MODELS))


def test_a_query_that_nothing_answers_is_a_mistake(site: Site) -> None:
    class Riddle(Query, frozen=True, kw_only=True):
        pass

    with pytest.raises(TypeError, match="nothing answers Riddle"):
        site.ask(Riddle())
