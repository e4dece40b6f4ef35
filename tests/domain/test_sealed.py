"""What the hash chain seals is nothing that a person typed: the type of each field says so, and none is plain text."""

from collections.abc import Collection, Iterator
from types import EllipsisType, NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

import msgspec
import pytest

from domain.catalogue import by_type
from domain.commit import Commit, SequencedCommit, StoredEvent
from domain.ids import Id, Sealed
from domain.messages import Event

SEALED_KINDS = {"id", "stream", "digest", "moment", "event type", "trace"}
NOT_SEALED = {Commit: ("claim", "events"), SequencedCommit: ("claim", "events"), StoredEvent: ("data", "salt")}
"""The data of events is looked at event by event, a claim goes with the handle in it, and a salt with what it salts."""


def free_texts(kind: type[msgspec.Struct], name: str, erasable: Collection[str]) -> Iterator[str]:
    """A sentence for each field that is sealed and may hold what somebody typed."""
    for field in msgspec.structs.fields(kind):
        if field.name not in erasable and not is_sealable(field.type):
            yield (
                f"{name}.{field.name} would be sealed in the hash chain for good: name it in `erasable`, or give it a "
                "type of domain.ids if nobody can type it"
            )


def is_sealable(type: Any) -> bool:
    origin, parts = get_origin(type), get_args(type)
    if origin is Annotated:
        kinds = {mark.kind for mark in parts[1:] if isinstance(mark, Sealed)}
        return bool(kinds) and kinds <= SEALED_KINDS
    if origin in (Union, UnionType, tuple):
        return all(map(is_sealable, parts))
    return origin is Literal or type in (int, bool, NoneType, EllipsisType, Ellipsis)


@pytest.mark.parametrize("event", by_type().values(), ids=lambda event: event.type)
def test_every_field_of_an_event_is_erasable_or_typed_as_what_nobody_types(event: type[Event]):
    assert list(free_texts(event, event.type, event.erasable)) == []


@pytest.mark.parametrize("kind", NOT_SEALED, ids=lambda kind: kind.__name__)
def test_a_commit_itself_seals_no_text(kind: type[msgspec.Struct]):
    assert list(free_texts(kind, kind.__name__, NOT_SEALED[kind])) == []


@pytest.mark.parametrize(
    "type",
    [
        str,
        str | None,
        tuple[str, ...],
        dict[str, str],
        Any,
        Id | str,
        Annotated[str, "an id"],
        Annotated[str, Sealed("remark")],
    ],
    ids=str,
)
def test_an_event_that_seals_a_text_is_found(type: Any):
    planted = msgspec.defstruct("PostTwisted", [("post", Id), ("why", type)], bases=(Event,), kw_only=True, frozen=True)
    (sentence,) = free_texts(planted, "PostTwisted", ())
    assert sentence.startswith("PostTwisted.why would be sealed")
    assert list(free_texts(planted, "PostTwisted", ("why",))) == []


def test_a_planted_class_is_found_as_it_would_be_written():
    class PostTwisted(Event, frozen=True, kw_only=True):
        type: ClassVar[str] = "PostTwisted"
        erasable: ClassVar[tuple[str, ...]] = ("title",)
        post: Id
        title: str
        note: str = ""

    (sentence,) = free_texts(PostTwisted, "PostTwisted", PostTwisted.erasable)
    assert sentence.startswith("PostTwisted.note would be sealed")
