"""People are found by how their handle begins, or the words of their name."""

from typing import Any

import pytest
from sqlalchemy import Select

from domain.account import EditProfile, EraseProfile
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from readmodel import people
from readmodel.people import PeopleLike
from tests.people import id_of
from tests.readmodel.engine.sql_server import tsql
from tests.readmodel.site import Site, empty_tables
from tests.readmodel.test_feed import explained


def test_those_whose_handle_begins_so_by_handle(site: Site) -> None:
    site.people("anna", "anton", "an-x")
    site.send(EditProfile(handle="anna", name="Anna K", bio=""), "anna")
    site.send(SuspendAccount(handle="anton", reason="Spam"), "mod")

    assert site.ask(PeopleLike(beginning="@AN")) == [("an-x", ""), ("ann", ""), ("anna", "Anna K")]
    assert site.ask(PeopleLike(beginning="ann", limit=1)) == [("ann", "")]


@pytest.mark.parametrize("beginning", ["", " ", "@", "%", "_", "\0", "zz", "\U0010ffff", "' --"])
def test_anything_else_finds_nobody(site: Site, beginning: str) -> None:
    assert site.ask(PeopleLike(beginning=beginning)) == []


def test_it_seeks_by_handle(site: Site) -> None:
    plan = explained(site.engine, people._LIKE.limit(8))
    assert plan == ["SEARCH accounts USING INDEX accounts_of_handle (handle>? AND handle<?)"]


NAMES = {
    "kit": "Anna-Lena Müller",
    "zoe": "Łukasz O’Neil Anna",
    "yuki": "山田太郎",
    "mix": "Annabel Anna",
    "kim": "김 철수",
    "john": "ジョン・スミス",
    "dart": "Charles d’Artagnan",
}


@pytest.fixture
def named(site: Site) -> Site:
    site.people(*NAMES, "annika")
    for handle, name in NAMES.items():
        site.send(EditProfile(handle=handle, name=name, bio=""), handle)
    return site


@pytest.mark.parametrize(
    ("typed", "handles"),
    [
        ("muller", ["kit"]),
        ("MÜLL", ["kit"]),
        ("anna-lena", ["kit"]),
        ("lena anna", ["kit"]),
        ("anna mul", ["kit"]),
        ("@lukasz", ["zoe"]),
        ("oneil", ["zoe"]),
        ("O'Neil łuk", ["zoe"]),
        ("山", ["yuki"]),
        ("山田太", ["yuki"]),
        ("田太", ["yuki"]),
        ("太郎", ["yuki"]),
        ("太", ["yuki"]),
        ("山田 太郎", ["yuki"]),
        ("太郎　山田", ["yuki"]),
        ("山太", []),
        ("김철수", ["kim"]),
        ("김 철수", ["kim"]),
        ("철수", ["kim"]),
        ("ジョンスミス", ["john"]),
        ("ｼﾞｮﾝ･ｽﾐｽ", ["john"]),
        ("スミス", ["john"]),
        ("muller mu\u0308ller", ["kit"]),
        ("d'artagnan", ["dart"]),
        ("artag", ["dart"]),
        ("l’artagnan", ["dart"]),
        ("annab", ["mix"]),
        ("ann", ["ann", "annika", "kit", "mix", "zoe"]),
        ("anna", ["kit", "mix", "zoe"]),
        ("uller", []),
        ("mul anna", []),
    ],
)
def test_those_whose_name_has_each_word_after_those_whose_handle_begins_so(
    named: Site, typed: str, handles: list[str]
) -> None:
    assert [handle for handle, _ in named.ask(PeopleLike(beginning=typed))] == handles
    assert named.ask(PeopleLike(beginning=typed, limit=1)) == named.ask(PeopleLike(beginning=typed))[:1]


def test_only_by_the_name_they_have_and_nobody_suspended(named: Site) -> None:
    def found(typed: str) -> list[str]:
        return [handle for handle, _ in named.ask(PeopleLike(beginning=typed))]

    named.send(EditProfile(handle="kit", name="Kit Müller", bio=""), "kit")
    assert (found("lena"), found("muller")) == ([], ["kit"])
    named.send(SuspendAccount(handle="kit", reason="Spam"), "mod")
    assert found("muller") == []
    named.send(ReinstateAccount(handle="kit"), "mod")
    assert found("muller") == ["kit"]
    named.send(EraseProfile(handle="kit", reason="They asked for it"), "root")
    assert found("muller") == []
    with named.engine.connect() as connection:
        left = connection.exec_driver_sql(f"SELECT word FROM name_words WHERE account = '{id_of('kit')}'").all()
    assert left == []


def test_names_are_sought_by_word() -> None:
    engine = empty_tables()
    for whole in (0, 1, people.MAX_WORDS_LOOKED_UP - 1):
        plan = explained(engine, people.by_words_of_name(whole).limit(8))
        assert plan[0] == "SEARCH first USING COVERING INDEX name_words_of_word (word>? AND word<?)"
        assert not [step for step in plan if step.startswith("SCAN")]


@pytest.mark.parametrize(
    "statement", [people._LIKE.limit(8), *(people.by_words_of_name(whole).limit(8) for whole in range(4))]
)
def test_it_can_be_asked_of_sql_server(statement: Select[Any]) -> None:
    assert "SELECT" in tsql(statement)
