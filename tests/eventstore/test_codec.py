"""Canonical JSON, digests, and old shapes brought up to date on reading."""

import hashlib
import json
from typing import ClassVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commit import StoredEvent
from domain.errors import Damaged
from domain.messages import Event
from domain.post import PostPublished
from eventstore.chain import link, with_position
from eventstore.codec import EventCodec, decode_commit, decode_sequenced, digest, encode_commit
from tests.eventstore.samples import commit, published

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def by_hand(value: object) -> bytes:
    """Canonical JSON as the docs tell anyone to make it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@settings(max_examples=150)
@given(TEXT, TEXT, TEXT)
def test_canonical_json_is_what_the_standard_library_makes(title: str, body: str, url: str):
    event = PostPublished(post="p", author="ada", title=title, body=body, url=url)
    stored = EventCodec().encode(event)
    assert bytes(stored.data) == by_hand(msgspec.to_builtins(event))
    assert (
        stored.digest
        == hashlib.sha256((stored.salt or "").encode() + by_hand(json.loads(bytes(stored.data)))).hexdigest()
    )


@settings(max_examples=50)
@given(TEXT, st.none() | TEXT, st.integers(1, 2**53))
def test_a_commit_is_canonical_and_comes_back(body: str, trace: str | None, first: int):
    sent = with_position(
        msgspec.structs.replace(commit("post-a", first, published(body)), traceparent=trace), first, "c"
    )
    document = encode_commit(sent)
    assert document == by_hand(json.loads(document))
    assert decode_sequenced(document) == sent
    assert encode_commit(decode_sequenced(document)) == document


@settings(max_examples=50)
@given(TEXT, TEXT)
def test_anyone_can_recompute_the_chain(body: str, previous: str):
    sent = commit("post-a", 3, published(body), command_id="a:k")
    sealed = {
        name: value for name, value in json.loads(encode_commit(sent)).items() if name not in ("chain", "position")
    }
    for event in sealed["events"]:
        del event["data"], event["salt"]
    assert link(previous, sent, 7) == hashlib.sha256(previous.encode() + by_hand(sealed) + b"7").hexdigest()


def test_two_events_of_one_text_have_different_digests():
    codec = EventCodec()
    assert codec.encode(published("same")).digest != codec.encode(published("same")).digest


class Moved(Event, frozen=True):
    """As it is today, in its third shape."""

    type: ClassVar[str] = "Moved"
    schema: ClassVar[int] = 3
    erasable: ClassVar[tuple[str, ...]] = ("words",)
    place: str
    words: str
    times: int


def split_place(data: dict) -> dict:
    return {"town": data["where"].partition(",")[0], "words": data["words"]}


def count(data: dict) -> dict:
    return {"place": data["town"], "words": data["words"], "times": 1}


CODEC = EventCodec(types={"Moved": Moved}, upcasters={("Moved", 1): split_place, ("Moved", 2): count})
WHERE = commit("post-a", 1)


def stored(data: object, schema: int = 1, type: str = "Moved") -> StoredEvent:
    document = data if isinstance(data, bytes) else by_hand(data)
    return StoredEvent(data=msgspec.Raw(document), digest=digest("s", document), salt="s", schema=schema, type=type)


@pytest.mark.parametrize(
    ("schema", "data", "times"),
    [
        (1, {"where": "Rome, Italy", "words": "ciao"}, 1),
        (2, {"town": "Rome", "words": "ciao"}, 1),
        (3, {"place": "Rome", "words": "ciao", "times": 5}, 5),
    ],
)
def test_old_shapes_are_brought_up_to_date_step_by_step(schema: int, data: dict, times: int):
    assert CODEC.decode(stored(data, schema), WHERE) == Moved(place="Rome", words="ciao", times=times)


def test_an_erased_event_of_an_old_shape_is_brought_up_to_date_too():
    erased = CODEC.erase(stored({"where": "Rome", "words": "ciao"}))
    assert (bytes(erased.data), erased.salt, erased.erased) == (b'{"where":"Rome"}', None, True)
    assert CODEC.decode(erased, WHERE) == Moved(place="Rome", words="", times=1)


def test_new_events_are_written_in_the_newest_shape():
    event = Moved(place="Rome", words="ciao", times=2)
    written = CODEC.encode(event)
    assert written.schema == 3
    assert CODEC.decode(written, WHERE) == event


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (stored({}, type="Strange"), "an event Strange of schema 1, which this version"),
        (stored({}, schema=4), "an event Moved of schema 4, which this version"),
        (stored({"place": 1, "words": "", "times": 1}, schema=3), "malformed Moved: Expected `str`, got `int`"),
        (stored({"words": "", "times": 1}, schema=3), "missing required field `place`"),
        (stored(b'{"place":', schema=3), "malformed Moved"),
        (stored(b'{"place":"\xff","words":"","times":1}', schema=3), "malformed Moved"),
        (stored(b'{"place":"\\ud800","words":"","times":1}', schema=3), "malformed Moved"),
        (stored({"words": ""}, schema=1), "malformed Moved: 'where'"),
        (stored([1], schema=2), "malformed Moved"),
    ],
)
def test_what_cant_be_decoded_names_the_commit_and_what_to_do(event: StoredEvent, words: str):
    with pytest.raises(Damaged) as caught:
        CODEC.decode(event, WHERE)
    assert words in str(caught.value)
    assert WHERE.id in str(caught.value)
    assert "Run the one that wrote it" in str(caught.value) or "Restore the store from a backup" in str(caught.value)


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff", b'{"actor":"\xff"}', b'{"actor":1}', "{"])
def test_what_is_no_commit_is_damaged(document: bytes | str):
    with pytest.raises(Damaged, match="a stored commit is malformed"):
        decode_commit(document)
