"""Who did what is on a chain: one changed byte anywhere in an export is found."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.commit import Commit, StoredEvent
from domain.errors import Damaged
from eventstore.chain import faults
from eventstore.codec import EventCodec, decode_sequenced, encode_commit
from eventstore.erasures import Erasures
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import commit, erased, published, text


def export() -> list[bytes]:
    store = MemoryEventStore()
    store.append(commit("post-a", 1, published('Größe 🦉\n"quoted" \\'), text("two"), command_id="ada:1"))
    store.append(commit("post-b", 1, published("secret")))
    store.append(commit("post-a", 3, text("three")))
    store.append(commit("post-b", 2, erased(1)), erase=[1])
    return [encode_commit(found) for found in store.read(0, 9)]


LINES = export()


def found(lines: list[bytes]) -> list[str]:
    """Every fault of an export, as whoever takes one in looks for them."""
    wrong, commits, erasures = [], [], Erasures()
    for line in lines:
        try:
            commits.append(decode_sequenced(line))
        except Damaged as damage:
            return [str(damage)]
        erasures.see(commits[-1])
        if encode_commit(commits[-1]) != line:
            wrong.append("not canonical")
    return [*wrong, *faults(commits), *erasures.unexplained()]


def test_an_export_as_it_is_has_no_fault():
    assert found(LINES) == []


@settings(max_examples=300)
@example(line=0, share=0.0, byte=ord("["))
@given(st.integers(0, len(LINES) - 1), st.floats(0, 1, exclude_max=True), st.integers(0, 255))
def test_any_single_changed_byte_is_found(line: int, share: float, byte: int):
    old = LINES[line]
    at = int(share * len(old))
    changed = old[:at] + bytes([byte]) + old[at + 1 :]
    lines = [*LINES[:line], changed, *LINES[line + 1 :]]
    assert found(lines) or changed == old, (old[at : at + 1], changed[max(0, at - 20) : at + 20])


@settings(max_examples=60)
@given(st.permutations(range(len(LINES))), st.integers(1, len(LINES)))
def test_a_changed_order_and_a_missing_commit_are_found(order: list[int], count: int):
    """But for commits missing at the very end: that, only a head kept elsewhere could tell."""
    picked = order[:count]
    assert bool(found([LINES[at] for at in picked])) == (picked not in ([0], list(range(len(LINES)))))


def test_a_forged_erasure_is_found():
    first = decode_sequenced(LINES[0])
    forged = _with(first, EventCodec().erase(first.events[0]))
    assert found([encode_commit(forged), *LINES[1:]]) == [
        "post-a version 1 (position 1) is erased, but no event of the stream says so"
    ]


def test_an_erasure_that_was_announced_and_not_carried_out_is_found():
    second = decode_sequenced(LINES[1])
    kept = _with(second, commit("post-b", 1, published("secret")).events[0])
    assert "post-b version 1 was to be erased by position 4 and still has its text" in found(
        [LINES[0], encode_commit(kept), *LINES[2:]]
    )


def test_a_run_is_verified_from_where_it_starts():
    commits = [decode_sequenced(line) for line in LINES]
    assert list(faults(commits[2:], 2, commits[1].chain or "")) == []
    assert len(list(faults(commits[2:], 2, "0" * 64))) == 1


def _with(found: Commit, event: StoredEvent) -> Commit:
    return replace(found, events=(event, *found.events[1:]))


@pytest.mark.parametrize("line", range(len(LINES)))
def test_every_byte_of_every_line_once(line: int):
    """One change of each byte, so that no field is left out by luck."""
    old = LINES[line]
    for at in range(len(old)):
        changed = old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :]
        assert found([*LINES[:line], changed, *LINES[line + 1 :]]), changed[max(0, at - 20) : at + 9]
