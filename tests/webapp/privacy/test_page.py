"""/privacy says what is configured: each period from the settings, in the reader's language, without scripts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from retention import DEFAULT, Retention, format_span
from tests.webapp.conftest import World
from tests.webapp.privacy.rows_of_page import rows_of_page
from webapp.privacy.catalogue import KINDS
from webapp.privacy.kinds import Configured

CONFIGURED = {kind.id: kind.kept.period for kind in KINDS if isinstance(kind.kept, Configured)}
ODD = Retention(**{field: timedelta(days=11 + nth) for nth, field in enumerate(Retention.__struct_fields__)})
"""Each period another, and none the default."""


def test_every_period_that_can_be_set_is_said() -> None:
    assert sorted(CONFIGURED.values()) == sorted(Retention.__struct_fields__)


@pytest.mark.parametrize(("language", "unit"), [("en", "days"), ("de", "Tage")])
def test_a_changed_setting_changes_the_page(build: Callable[..., World], language: str, unit: str) -> None:
    rows = rows_of_page(build(retention=ODD, has_topic=True).visitor(), language)
    for id, period in CONFIGURED.items():
        assert rows[id][2].startswith(f"{getattr(ODD, period).days} {unit} "), period
    usual = rows_of_page(build(retention=DEFAULT, has_topic=True).visitor(), language)
    assert [id for id in CONFIGURED if usual[id][2] == rows[id][2]] == []


def test_a_period_is_said_exactly(build: Callable[..., World]) -> None:
    for span, words in (
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=45), "45 days"),
    ):
        rows = rows_of_page(build(retention=Retention(drafts=span)).visitor())
        assert rows["drafts"][2].startswith(f"{words} after"), format_span(span)


def test_of_a_log_that_nobody_said_anything_of_no_period_is_said(build: Callable[..., World]) -> None:
    silent = rows_of_page(build().visitor())["logs"]
    assert silent[2] == "Whoever runs the site decides that, and hasn’t said it here."
    said = rows_of_page(build(retention=Retention(logs=timedelta(days=14))).visitor())["logs"]
    assert said[2].startswith("14 days as whoever runs the site says")


@pytest.mark.parametrize(("language", "words"), [("en", "For 36 hours logging in"), ("de", "36 Stunden")])
def test_how_long_whoever_leaves_can_come_back_is_what_the_settings_say(
    build: Callable[..., World], language: str, words: str
) -> None:
    visitor = build(leave_after=timedelta(hours=36)).visitor()
    visitor.client.set_cookie("language", language)
    assert words in visitor.see("/privacy").text


def test_kafka_is_spoken_of_where_there_is_one(build: Callable[..., World]) -> None:
    assert "topic" in rows_of_page(build(has_topic=True).visitor())
    assert "topic" not in rows_of_page(build().visitor())


def test_every_row_says_everything_in_every_language(build: Callable[..., World]) -> None:
    english, german = (rows_of_page(build(has_topic=True).visitor(), language) for language in ("en", "de"))
    assert [*english] == [*german] == [kind.id for kind in KINDS]
    for id, cells in english.items():
        assert len(cells) == len(german[id]) == 5
        assert all(cells), id
        assert all(german[id]), id
        assert [pair for pair in zip(cells, german[id], strict=True) if pair[0] == pair[1]] == []


def test_every_page_leads_there(world: World) -> None:
    assert '<a href="/privacy">Privacy</a>' in world.visitor().get("/").get_data(as_text=True)


def test_drafts_say_how_long_they_stay(build: Callable[..., World]) -> None:
    ada = build(retention=Retention(drafts=timedelta(days=45))).person("ada")
    assert "or 45 days after you last touched it" in ada.see("/drafts").text
