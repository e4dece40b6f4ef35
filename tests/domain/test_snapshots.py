"""Snapshots: no more of them than allowed, in number and in bytes, and the newest of each stream."""

import re
import threading

import msgspec

from domain import comment, like, post, rights, token
from domain import webhook_state as hooks
from domain.moderation import appeal, case_state, decision, report
from domain.snapshots import Snapshot, Snapshots, size_of
from domain.versions import Versions

STATES = (
    rights.Account, comment.Comment, like.LikeState, post.Post, token.Token, hooks.Webhooks, hooks.Webhook,
    report.Report, case_state.Case, appeal.Appeal,
)  # fmt: skip


def snapshot(first: int = 1, title: str = "") -> Snapshot:
    return Snapshot(first=first, commit=f"commit {first}", state=post.Post(version=first, title=title))


def test_those_used_last_stay():
    kept = Snapshots(most=2)
    for name in "ab":
        kept.keep(name, snapshot())
    assert kept.find("a")
    kept.keep("c", snapshot())
    assert [name for name in "abc" if kept.find(name)] == ["a", "c"]


def test_no_more_bytes_are_kept_than_allowed():
    small, large = snapshot(), snapshot(title="x" * 10_000)
    assert large.size - small.size == 10_000
    kept = Snapshots(most_bytes=large.size + 2 * small.size)
    for name in "abcdef":
        kept.keep(name, small)
    assert [name for name in "abcdef" if kept.find(name)][-2:] == ["e", "f"]
    kept.keep("large", large)
    assert [name for name in ("d", "e", "f", "large") if kept.find(name)] == ["e", "f", "large"]
    kept.keep("larger", snapshot(title="x" * 50_000))
    assert [name for name in ("e", "f", "large", "larger") if kept.find(name)] == []
    for name in "abc":
        kept.keep(name, small)
    assert all(map(kept.find, "abc"))


def test_an_older_one_never_takes_the_place_of_a_newer():
    kept = Snapshots()
    newer, older = snapshot(7), snapshot(3)
    kept.keep("a", newer)
    kept.keep("a", older)
    assert kept.find("a") is newer
    kept.drop("a", older)
    assert kept.find("a") is newer
    kept.drop("a", newer)
    assert kept.find("a") is None
    kept.keep("a", older)
    assert kept.find("a") is older


def test_threads_share_them():
    kept, ready = Snapshots(most=5), threading.Barrier(4)

    def work(number: int) -> None:
        ready.wait()
        for first in range(1, 2_000):
            name = f"{(first * number) % 9}"
            kept.keep(name, snapshot(first))
            found = kept.find(name)
            if found is not None and first % 3 == 0:
                kept.drop(name, found)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [found for name in range(9) if (found := kept.find(f"{name}"))]
    assert len(left) <= 5
    assert kept.bytes_held == sum(found.size for found in left)


def test_everything_that_a_state_holds_is_counted():
    assert size_of(rights.Account(name="x" * 1_000)) - size_of(rights.Account()) == 1_000
    state = hooks.Webhooks(own={"a": hooks.Webhook(url="x" * 1_000)})
    assert size_of(state) > size_of(hooks.Webhooks()) + 1_000
    assert size_of(post.Post(text_versions=Versions(range(1, 2_001, 2)))) > size_of(post.Post()) + 100_000


def test_no_field_of_a_state_can_be_changed_in_place():
    """So that a copy of a state may take in events without the other's knowing. A mapping is one that nobody changes:
    mypy refuses it by its type."""
    allowed = {
        "int",
        "str",
        "str | None",
        "bool",
        "Versions",
        "frozenset[str]",
        "frozenset[bool]",
        "tuple[int, ...]",
        "tuple[str, ...]",
        "Leaving | None",
        "Lease | None",
        "Suspension | None",
        "Mapping[str, FormerHandle]",
        "Mapping[str, ReservedHandle]",
        "Mapping[str, Versions]",
        "Mapping[str, Webhook]",
        "Mapping[str, Strike]",
        "Mapping[str, Decision]",
        "Mapping[str, str]",
        "Mapping[str, int]",
    }
    for state in STATES:
        for field in msgspec.structs.fields(state):
            written = field.type.__name__ if isinstance(field.type, type) and "[" not in str(field.type) else field.type
            assert re.sub(r"\b[a-z_.]+\.(?=[A-Z])", "", str(written)) in allowed, field
    for held in (hooks.Webhook, rights.Strike, case_state.Lease, decision.Decision):
        assert held.__struct_config__.frozen
    assert rights.Leaving.__struct_config__.frozen
    assert rights.Suspension.__struct_config__.frozen
