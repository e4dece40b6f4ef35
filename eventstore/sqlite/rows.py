"""Rows of the embedded store's table: what stands in which column, and whether they agree with each other."""

from domain.commit import SequencedCommit
from domain.errors import Damaged
from eventstore.chain import with_position, without_position
from eventstore.codec import decode_commit, encode_commit, unreadable

from .connection import RECOVERY_ADVICE

INSERT = (
    "INSERT INTO commits (position, stream, first, last, command_id, claim, chain, document) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT = "SELECT position, stream, first, last, command_id, claim, chain, document FROM commits"
"""Whole rows, as row_of gives them."""
Row = tuple[int, str, int, int, str | None, str | None, str, bytes]


def row_of(commit: SequencedCommit) -> Row:
    """The columns repeat what the document says, but for position and chain, which it hasn't got."""
    return (
        commit.position,
        commit.stream,
        commit.first,
        commit.last,
        commit.command_id,
        commit.claim,
        commit.chain,
        document_of(commit),
    )


def document_of(commit: SequencedCommit) -> bytes:
    """What is kept of a commit beside its columns."""
    return encode_commit(without_position(commit))


def commit_of(position: int, chain: str, document: bytes) -> SequencedCommit:
    """Raises Damaged, which names the position, where the document isn't a commit."""
    try:
        return with_position(decode_commit(document), position, chain)
    except Damaged as error:
        raise Damaged(f"position {position}: {error} {RECOVERY_ADVICE}") from error


def even_unreadable(row: Row) -> SequencedCommit:
    """The commit of a row; one whose document can't be decoded stands in its place, so that others can be read."""
    position, stream, first, last, _, _, chain, document = row
    try:
        return commit_of(position, chain, document)
    except Damaged as error:
        return with_position(unreadable(stream, first, last, str(error)), position, chain)


def contradiction(row: Row) -> str:
    """What a row holds that its commit would not be written with; "" where it is as it was written, and where its
    document can't be decoded, which `chain.faults` tells."""
    try:
        written = row_of(commit_of(row[0], row[6], row[7]))
    except Damaged:
        return ""
    if written[:7] != row[:7]:
        return f"position {row[0]}: the columns contradict the document"
    if written[7] != row[7]:
        return f"position {row[0]}: the document has something that no commit has, or isn't canonical JSON"
    return ""
