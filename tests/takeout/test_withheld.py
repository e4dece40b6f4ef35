"""Every secret event was looked at: what of it stands in a takeout is decided, never left to chance."""

import msgspec
import pytest

from domain.catalogue import SECRET_TYPES, by_type
from domain.commit import Commit
from domain.messages import Event
from domain.moderation.standing import AccountNoted, WarningIssued
from domain.token import TokenIssued
from eventstore.codec import EventCodec
from takeout import withheld
from tests.people import id_of

SUSPECT = ("hash", "digest", "secret", "password", "key", "seed", "code")


def test_each_secret_event_was_looked_at() -> None:
    assert set(withheld.REVIEWED) == SECRET_TYPES, "say in takeout/withheld.py which fields of it are left out"


def test_no_field_that_sounds_like_a_secret_stands_in_one() -> None:
    found = {
        (type, field)
        for type, event in by_type().items()
        for field in event.__struct_fields__
        if any(word in field for word in SUSPECT) and field not in withheld.REVIEWED.get(type, ())
    }
    assert found == set()


def test_a_secret_event_that_nobody_looked_at_is_left_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withheld, "REVIEWED", {})
    issued = TokenIssued(
        token="t", account=id_of("ann"), digest="d" * 64, scopes=("read",), expires_at="x", label="My reader"
    )
    commit = Commit(
        actor=id_of("ann"), at="", events=(EventCodec().encode(issued),), first=1, id="i", key="k", stream="token-t"
    )
    (event,) = withheld.own_commit(commit)["events"]
    assert event["data"] == {}
    assert "salt" not in event
    assert "My reader" not in msgspec.json.encode(event).decode()


def test_what_moderators_note_about_somebody_is_for_staff_alone() -> None:
    def commit(*events: Event) -> Commit:
        stored = tuple(EventCodec().encode(event) for event in events)
        return Commit(actor=id_of("mod"), at="", events=stored, first=1, id="i", key="k", stream="account-1")

    noted = AccountNoted(account=id_of("ann"), text="Knows better.")
    warned = WarningIssued(account=id_of("ann"), decision="d", reason="Rule 1.")
    assert withheld.is_staff_only(commit(noted))
    assert not withheld.is_staff_only(commit(warned))
    assert withheld.reason(commit(warned)) == "Rule 1."
    assert "Knows better." not in msgspec.json.encode(withheld.decision(commit(warned, noted))).decode()
