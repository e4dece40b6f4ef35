"""Of an erased event exactly its structure is left: what is put there or changed later is found."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain import account, comment, handle, ids, post, rights, webhook
from domain.bus import CommandBus
from domain.catalogue import by_type
from domain.commit import Commit, StoredEvent
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Erasure
from eventstore.chain import faults, sequenced
from eventstore.codec import EventCodec, digest, encode_commit
from eventstore.erasures import Erasures
from tests.eventstore.erasure_stories import AT, COMMENT, HOOK, POST, WORDS, moderated, moderator_who_leaves
from tests.eventstore.memory import MemoryEventStore
from tests.people import id_of

SCHEMAS = pytest.mark.parametrize("schema", [1, 2])


def erased_store() -> MemoryEventStore:
    """Of everything that can be erased, one that was."""
    store = MemoryEventStore()
    bus = CommandBus(store, EventCodec(), all_handlers())
    sent: list[tuple[str, Command]] = [
        ("ann", account.RegisterAccount(account=id_of("ann"), handle="ann", name=WORDS, password_hash="$argon2id$")),
        ("ann", account.EditProfile(handle="ann", name=WORDS, bio=WORDS)),
        ("ann", post.NewPost(post=POST, title=WORDS, body=WORDS)),
        ("ann", post.EditPost(post=POST, version=1, title=WORDS, body=f"{WORDS}!")),
        ("ann", comment.AddComment(comment=COMMENT, post=POST, body=WORDS)),
        ("ann", webhook.AddWebhook(handle="ann", webhook=HOOK, url="https://example.org/", description=WORDS)),
        ("ann", webhook.RemoveWebhook(handle="ann", webhook=HOOK)),
        ("ann", handle.ChangeHandle(handle="ann", new_handle="anna", now=AT, former_until=AT)),
        ("anna", handle.ReleaseHandle(handle="ann", now=AT)),
        (rights.OPERATOR, post.ErasePost(post=POST, reason="asked")),
        (rights.OPERATOR, comment.EraseComment(comment=COMMENT, reason="asked")),
        (rights.OPERATOR, account.EraseProfile(handle="anna", reason="asked")),
        *moderated(),
        *moderator_who_leaves(),
    ]
    for actor, command in sent:
        bus.send(command, Envelope(actor=actor, at=AT))
    return store


def commits(schema: int) -> list[Commit]:
    """As that schema of the erasures stored them."""
    found = erased_store().read(0, 100)
    assert WORDS.encode() not in b"".join(map(encode_commit, found))
    return [_older(one) for one in found] if schema == 1 else [*found]


def _older(commit: Commit) -> Commit:
    events = tuple(_without_skeletons(event) if _is_erasure(event) else event for event in commit.events)
    return msgspec.structs.replace(commit, events=events)


def _is_erasure(event: StoredEvent) -> bool:
    """Of a type that had another schema once."""
    return event.type.endswith("Erased") and by_type()[event.type].schema > 1


def _without_skeletons(event: StoredEvent) -> StoredEvent:
    data = msgspec.json.decode(event.data)
    del data["skeletons"]
    if "account" in data:
        data["handle"] = data.pop("account")
    data.pop("reason", None)
    raw = msgspec.json.encode(data, order="sorted")
    return msgspec.structs.replace(event, data=msgspec.Raw(raw), digest=digest(event.salt or "", raw), schema=1)


def found(stored: list[Commit]) -> list[str]:
    erasures, position, chain, chained = Erasures(), 0, "", []
    for commit in stored:
        erasures.see(commit)
        chained.append(sequenced(commit, position + 1, chain))
        position, chain = position + 1, chained[-1].chain
    return [*faults(chained), *erasures.unexplained()]


def changed(stored: list[Commit], type: str, **fields: Any) -> list[Commit]:
    """With other fields in the erased events of that type; None takes one away."""
    return _with(stored, type, lambda event: _put(event, fields))


def _put(event: StoredEvent, fields: dict[str, Any]) -> StoredEvent:
    data = msgspec.json.decode(event.data) | fields
    kept = {name: value for name, value in data.items() if value is not None}
    return msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(kept, order="sorted")))


def _with(stored: list[Commit], type: str, change: Callable[[StoredEvent], StoredEvent]) -> list[Commit]:
    hit = [event for commit in stored for event in commit.events if event.type == type and event.erased]
    assert hit
    return [
        msgspec.structs.replace(
            commit,
            events=tuple(change(event) if event.type == type and event.erased else event for event in commit.events),
        )
        for commit in stored
    ]


@SCHEMAS
def test_what_erasures_leave_is_sound(schema: int) -> None:
    assert found(commits(schema)) == []


def test_every_erasure_says_what_it_leaves() -> None:
    codec = EventCodec()
    stored = [codec.decode(event, commit) for commit in commits(2) for event in commit.events]
    erasures = [event for event in stored if isinstance(event, Erasure)]
    assert {type(event) for event in erasures} == set(Erasure.__subclasses__())
    assert all(len(event.skeletons) == len(event.erased) > 0 for event in erasures)


@SCHEMAS
@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("PostPublished", {"body": "new words"}),
        ("PostPublished", {"note": "new words"}),
        ("PostPublished", {"author": "eve"}),
        ("PostPublished", {"post": COMMENT}),
        ("PostPublished", {"source": "new words"}),
        ("PostPublished", {"post": None}),
        ("CommentAdded", {"depth": None}),
        ("CommentAdded", {"depth": "7"}),
        ("PostEdited", {"title": ""}),
        ("PostEdited", {"post": COMMENT}),
        ("CommentAdded", {"body": "new words"}),
        ("CommentAdded", {"author": "eve"}),
        ("CommentAdded", {"post": COMMENT}),
        ("CommentAdded", {"comment": POST}),
        ("AccountRegistered", {"name": "new words"}),
        ("AccountRegistered", {"handle": "eve"}),
        ("ProfileEdited", {"bio": "new words"}),
        ("ProfileEdited", {"handle": "eve"}),
        ("WebhookAdded", {"url": "https://eve.example/"}),
        ("WebhookAdded", {"handle": "eve"}),
    ],
)
def test_what_is_put_into_an_erased_event_or_changed_there_is_found(
    schema: int, type: str, fields: dict[str, Any]
) -> None:
    assert any("is erased, but" in fault for fault in found(changed(commits(schema), type, **fields)))


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("CommentAdded", {"depth": 3}),
        ("CommentAdded", {"root": POST}),
        ("CommentAdded", {"parent": POST}),
        ("WebhookAdded", {"kinds": ["Liked"]}),
        ("WebhookAdded", {"webhook": POST}),
    ],
)
def test_structure_that_stands_nowhere_else_is_held_by_the_erasing_event(type: str, fields: dict[str, Any]) -> None:
    assert any("isn't what its erasure left" in fault for fault in found(changed(commits(2), type, **fields)))


@SCHEMAS
@pytest.mark.parametrize("data", [b'{"post":"x"', b"[]", b"7", b'{"post": "%s"}' % POST.encode()])
def test_data_that_isnt_canonical_json_is_found(schema: int, data: bytes) -> None:
    broken = _with(commits(schema), "PostEdited", lambda event: msgspec.structs.replace(event, data=msgspec.Raw(data)))
    assert any("is erased, but" in fault for fault in found(broken))


@SCHEMAS
def test_a_salt_that_is_left_is_found(schema: int) -> None:
    salted = _with(commits(schema), "PostEdited", lambda event: msgspec.structs.replace(event, salt="00"))
    assert f"post-{POST} version 2 (position 4) is erased, but it still has its salt" in found(salted)


def test_an_erasure_that_says_too_little_is_found() -> None:
    store = MemoryEventStore()
    event = EventCodec().encode(post.PostErased(post=POST, erased=(1,)))
    store.append(Commit(actor="ann", at=AT, events=(event,), first=1, id=ids.uuid7(), key=POST, stream=f"post-{POST}"))
    assert found([*store.read(0, 9)]) == [
        f"post-{POST} version 1 (position 1) doesn't say what is left of each text it erased"
    ]


def test_what_is_erased_while_commits_are_read_is_no_fault() -> None:
    store = erased_store()
    early, late = Erasures(), Erasures()
    for commit in store.read(0, 100):
        if not commit.events[0].type.endswith("Erased"):
            late.see(commit)
    for commit in store.read(0, 100):
        events = tuple(msgspec.structs.replace(event, erased=False) for event in commit.events)
        early.see(msgspec.structs.replace(commit, events=events))
    for erasures in (early, late):
        assert [*erasures.unexplained()] != []
        assert [*erasures.unexplained_in(store)] == []
    assert late.unannounced
    assert not early.unannounced
