"""Ids and times as the site writes them."""

import re
import uuid
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import ids


@settings(max_examples=60)
@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_with_its_time_in_front(milliseconds: int, random: bytes):
    id = ids.uuid7(milliseconds, random)
    parsed = uuid.UUID(id)
    assert ids.is_id(id)
    assert str(parsed) == id
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == milliseconds
    assert parsed.int & (2**62 - 1) == int.from_bytes(random, "big") & (2**62 - 1)


def test_ids_made_later_sort_later():
    assert ids.uuid7(1, b"\xff" * 10) < ids.uuid7(2, bytes(10))
    assert len({ids.uuid7() for _ in range(100)}) == 100


@settings(max_examples=60)
@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14, 14))  # noqa: DTZ001
def test_a_time_is_27_characters_of_utc_that_sort(moment: datetime, hours: int):
    there = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    stored = ids.to_iso_utc(there)
    assert len(stored) == 27
    assert datetime.fromisoformat(stored) == there
    assert (stored < ids.to_iso_utc(datetime(2026, 1, 1, tzinfo=UTC))) == (there < datetime(2026, 1, 1, tzinfo=UTC))


def test_now_is_a_time_like_any_other():
    assert ids.to_iso_utc(datetime.fromisoformat(ids.now())) <= ids.now()


def test_what_a_machine_made_may_be_sealed_and_of_a_clients_words_only_a_digest():
    for made in (ids.uuid7(), "0AF7651916CD43DD8448EB211C80319C"):
        assert ids.sealable(made) == made
    for said in ("Mira.Weber:Berlin-1984", "proxy-12345678", "\ud800", ""):
        assert re.fullmatch("[0-9a-f]{64}", ids.sealable(said))
