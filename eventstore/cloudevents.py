"""What stands beside a commit in the log: CloudEvents 1.0 attributes as headers, in binary mode.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Iterable

from domain.commit import SequencedCommit

SOURCE = "urn:verbatim:commits"
TYPE = "org.verbatim.commit.v1"
Headers = list[tuple[str, bytes]]

ID = "ce_id"
POSITION = "ce_position"
PREVIOUS = "ce_previous"
_ALWAYS: Headers = [
    ("content-type", b"application/json"),
    ("ce_specversion", b"1.0"),
    ("ce_source", SOURCE.encode()),
    ("ce_type", TYPE.encode()),
]


def headers(commit: SequencedCommit, previous: int) -> Headers:
    """previous: up to which position everything of this partition went before. Both it and position are ours."""
    said = [
        *_ALWAYS,
        (ID, commit.id.encode()),
        ("ce_subject", commit.stream.encode()),
        ("ce_time", commit.at.encode()),
        ("ce_partitionkey", commit.key.encode()),
        (POSITION, b"%d" % commit.position),
        (PREVIOUS, b"%d" % previous),
    ]
    if commit.traceparent:
        said.append(("ce_traceparent", commit.traceparent.encode()))
    return said


def number(found: Iterable[tuple[str, bytes | None]], name: str) -> int | None:
    """A header that is a number, or None where it is missing or isn't one."""
    value = dict(found).get(name) or b""
    return int(value) if value.isdigit() and len(value) < 20 else None
