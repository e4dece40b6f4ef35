"""Golden events: one stored commit for every event type and schema there ever was, kept as files for ever.

python -m tests.eventstore.golden writes those that are missing and changes none. A file holds
  commit  the document as a store keeps it
  fields  the event's fields and their types when it was written
  state   what folding it made of a new aggregate, as far as it differs from a new one
"""

import json
from pathlib import Path
from types import EllipsisType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from domain import account, comment, like, post, rights, token, webhook, webhook_state
from domain.catalogue import by_type
from domain.commit import Commit, StoredEvent
from domain.messages import Erasure, Event
from domain.moderation import appeal, case, case_state, report
from eventstore.chain import claim_of, sequenced
from eventstore.codec import EventCodec, decode_sequenced, digest, encode_commit
from tests.domain.case import stream_of

RENAMED = {"words": "text_versions"}
"""Fields of aggregates whose name was another when a file was written."""
RENAMED_IN = {"AccountRegistered": {"handle": "id"}, "TokenIssued": {"handle": "account"}}
"""The same, of one type of event each."""
RESHAPED = {"suspended": {"suspension": {"until": ""}}}
"""Fields that were true when a file was written → what has taken their place."""
FOLDER = Path(__file__).parent / "golden"
ID = "0192abcd-0000-7000-8000-00000000000"
TEXT = {"post": ID + "1", "comment": ID + "2", "parent": ID + "3", "root": ID + "3", "target": f"post-{ID}1"}
TEXT |= {"thread": ID + "1", "handle": "ada", "author": "ada", "role": "moderator", "password_hash": "$argon2id$…"}
TEXT |= {"token": ID + "4", "digest": "0" * 64, "expires_at": "2027-01-01T00:00:00.000000Z"}
TEXT |= {"account": ID + "6", "former_until": "2027-01-01T00:00:00.000000Z"}
TEXT |= {"words": "erase", "until": "2027-01-01T00:00:00.000000Z", "reserved": "0" * 64}
TEXT |= {"reserved_until": "2028-01-01T00:00:00.000000Z"}
TEXT |= {"webhook": ID + "5", "old_until": "2027-01-01T00:00:00.000000Z"}
TEXT |= {"title": "Gölden „title“", "body": "Line one\n\n\tline 🦉 two", "url": "https://example.org/?a=b"}
TEXT |= {"report": ID + "a", "reporter": ID + "b", "decision": ID + "c", "appeal": ID + "d", "batch": ID + "e"}
TEXT |= dict.fromkeys(("claimed_until", "strike_expires", "expires", "appeal_until"), "2027-05-03T12:00:00.000000Z")
TEXT |= dict.fromkeys(("decided_at", "lodged_at"), "2026-11-24T06:00:00.000000Z")
TEXT |= {"taken_from": ID + "f", "category": "rule", "basis": "report", "party": "author"}
TUPLES = {"acts": ("warn", "strike"), "done": ("warn",), "skipped": ("strike",), "reports": (ID + "a",)}


class Golden(msgspec.Struct, forbid_unknown_fields=True):
    commit: dict[str, Any]
    fields: dict[str, str]
    state: dict[str, Any]

    def document(self) -> Commit:
        return decode_sequenced(json.dumps(self.commit, ensure_ascii=False, sort_keys=True, separators=(",", ":")))

    @property
    def event(self) -> StoredEvent:
        return self.document().events[0]


def all_golden() -> dict[tuple[str, int], Golden]:
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        name, _, schema = path.stem.rpartition("-")
        found[name, int(schema)] = msgspec.json.decode(path.read_bytes(), type=Golden)
    return found


def renamed(state: Any, type: str) -> Any:
    """A state of a file with today's names of its fields."""
    if isinstance(state, dict):
        names = RENAMED | RENAMED_IN.get(type, {})
        same = {names.get(name, name): renamed(value, type) for name, value in state.items() if name not in RESHAPED}
        return same | {name: value for field in RESHAPED.keys() & state for name, value in RESHAPED[field].items()}
    return state


def fields_of(event: type[Event]) -> dict[str, str]:
    """Field name → its type in words; what has no default is required."""
    return {
        field.name: shape(field.type) + (", required" if field.required else "")
        for field in msgspec.structs.fields(event)
    }


def shape(type: Any) -> str:
    """A type as stored JSON has it: neither a marker nor a literal is another shape than plain text."""
    origin, parts = get_origin(type), get_args(type)
    if origin is Annotated:
        return shape(parts[0])
    if origin is Literal:
        return "str"
    if origin in (Union, UnionType):
        return " | ".join(map(shape, parts))
    if origin is tuple:
        return f"tuple[{', '.join(map(shape, parts))}]"
    names = {NoneType: "None", Ellipsis: "...", EllipsisType: "..."}
    return names.get(type) or str(type.__name__)


def folded(event: Event, actor: str) -> dict[str, Any]:
    """The state of an aggregate after this one event, without what a new one has too."""
    for events, state, evolve in (
        (post.EVENTS, post.Post, post.evolve),
        (comment.EVENTS, comment.Comment, comment.evolve),
        (like.EVENTS, like.LikeState, like.evolve),
        (account.EVENTS, rights.Account, account.evolve),
        (token.EVENTS, token.Token, token.evolve),
        (webhook.EVENTS, webhook_state.Webhooks, webhook.evolve),
        (report.EVENTS, report.Report, report.evolve),
        (case.EVENTS, case_state.Case, case_state.evolve),
        (appeal.EVENTS, appeal.Appeal, appeal.evolve),
    ):
        if isinstance(event, events):
            new, after = plain(state()), state(version=1)
            evolve(after, event, actor)
            return {name: value for name, value in plain(after).items() if value != new[name]}
    raise LookupError(f"{event.type} belongs to no aggregate")


def plain(state: msgspec.Struct) -> dict[str, Any]:
    return dict(msgspec.json.decode(msgspec.json.encode(state, order="deterministic", enc_hook=list)))


def sample(event: type[Event]) -> Event:
    kinds: dict[str, Any] = {"int": 1, "bool": False, "tuple[int, ...]": (1, 2), "tuple[str, ...]": ("read", "write")}
    made = event(**{
        field.name: TUPLES.get(field.name) or kinds.get(shape(field.type), TEXT.get(field.name, f"some {field.name}"))
        for field in msgspec.structs.fields(event)
    })  # fmt: skip
    return msgspec.structs.replace(made, skeletons=("0" * 64, "1" * 64)) if isinstance(made, Erasure) else made


def missing() -> list[type[Event]]:
    written = all_golden()
    return [event for event in by_type().values() if (event.type, event.schema) not in written]


def main() -> None:
    for event in missing():
        stored = EventCodec().encode(sample(event))
        salt = "00112233445566778899aabbccddeeff"
        stored = msgspec.structs.replace(stored, salt=salt, digest=digest(salt, bytes(stored.data)))
        commit = Commit(
            actor="ada", at="2026-11-24T06:00:00.000000Z", events=(stored,), first=1, id=ID + "9", key=ID + "1",
            stream=stream_of(sample(event)),
        )  # fmt: skip
        commit = msgspec.structs.replace(commit, claim=claim_of(commit))
        golden = Golden(
            commit=json.loads(encode_commit(sequenced(commit, 1, ""))),
            fields=fields_of(event),
            state=folded(sample(event), "ada"),
        )
        text = json.dumps(msgspec.to_builtins(golden), ensure_ascii=False, indent=2, sort_keys=True)
        (FOLDER / f"{event.type}-{event.schema}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{event.type} {event.schema}")


if __name__ == "__main__":
    main()
