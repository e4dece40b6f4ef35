"""No stored event ever becomes unreadable: each type and schema has a golden document that still folds."""

from typing import ClassVar

import msgspec
import pytest

from domain.catalogue import by_type
from domain.messages import Event
from eventstore.chain import faults, without_position
from eventstore.codec import EventCodec, encode_commit
from eventstore.mongo.documents import commit_of, document_of
from eventstore.sqlite.rows import contradiction, row_of
from eventstore.upcasters import UPCASTERS
from tests.eventstore.golden import Golden, all_golden, fields_of, folded, renamed

GOLDEN = all_golden()
EACH = pytest.mark.parametrize("golden", GOLDEN.values(), ids=[f"{name} {schema}" for name, schema in GOLDEN])


def test_every_event_of_every_schema_has_a_golden_document_and_no_document_is_left_over():
    ever = {(name, schema) for name, event in by_type().items() for schema in range(1, event.schema + 1)}
    assert set(GOLDEN) == ever, "python -m tests.eventstore.golden writes what is missing; none may ever be deleted"


def test_every_step_from_an_old_schema_has_an_upcaster():
    steps = {(name, schema) for name, event in by_type().items() for schema in range(1, event.schema)}
    assert set(UPCASTERS) == steps


@EACH
def test_a_golden_document_decodes_and_folds_as_it_did(golden: Golden):
    commit = golden.document()
    assert list(faults([commit])) == []
    event = EventCodec().decode(golden.event, commit)
    assert folded(event, commit.actor).items() >= renamed(golden.state, golden.event.type).items()


@EACH
def test_a_golden_document_is_written_again_as_it_is(golden: Golden):
    commit = golden.document()
    assert msgspec.json.decode(encode_commit(commit)) == golden.commit
    assert contradiction(row_of(commit)) == ""
    assert commit_of(document_of(commit)) == without_position(commit)


@EACH
def test_a_golden_document_folds_after_its_erasure_too(golden: Golden):
    codec = EventCodec()
    erased = codec.erase(golden.event)
    event = codec.decode(erased, golden.document())
    assert not any(getattr(event, name) for name in event.erasable)
    assert folded(event, "ada")


@EACH
def test_fields_change_only_together_with_the_schema(golden: Golden):
    event = by_type()[golden.event.type]
    if golden.event.schema == event.schema:
        assert fields_of(event) == golden.fields, f"raise {event.type}.schema, and add an upcaster"


def test_a_field_that_is_added_renamed_or_retyped_shows():
    class Renamed(Event, frozen=True):
        type: ClassVar[str] = "Liked"
        target: str
        topic: str
        handle: str

    class Added(Event, frozen=True):
        type: ClassVar[str] = "Liked"
        target: str
        thread: str
        handle: str
        weight: int = 1

    class Retyped(Event, frozen=True):
        type: ClassVar[str] = "Liked"
        target: str
        thread: str | None
        handle: str

    for changed in (Renamed, Added, Retyped):
        assert fields_of(changed) != GOLDEN["Liked", 1].fields


def test_the_names_of_events_and_their_erasable_fields_are_sound():
    for name, event in by_type().items():
        assert set(event.erasable) <= {field.name for field in msgspec.structs.fields(event)}, name
