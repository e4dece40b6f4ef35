"""Counting for limits: by window, by several processes together, in a space that doesn't grow."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.drill.processes import ROOT
from webapp.site import rate_counters
from webapp.site.rate_counters import Counts, Limit

CHILD = """
import sys
from pathlib import Path
from webapp.site.rate_counters import Counts, Limit
counts = Counts(Path(sys.argv[1]), "secret")
for _ in range(int(sys.argv[2])):
    counts.hit(Limit(1_000_000, 3_600), "ada")
"""


@pytest.fixture
def counts() -> Counts:
    return Counts(None, "secret")


def test_so_many_are_let_through_and_no_more(counts: Counts) -> None:
    windows = [counts.hit(Limit(3, 60), "ada") for _ in range(5)]
    assert [window.over for window in windows] == [False, False, False, True, True]
    assert [window.remaining for window in windows] == [2, 1, 0, 0, 0]
    assert not counts.hit(Limit(3, 60), "bob").over


def test_a_window_ends(counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(rate_counters.time, "time", lambda: now[0])
    assert [counts.hit(Limit(1, 60), "ada").over for _ in range(2)] == [False, True]
    now[0] += 59
    window = counts.hit(Limit(1, 60), "ada")
    assert (window.over, window.reset_s) == (True, 1)
    now[0] += 1
    assert not counts.hit(Limit(1, 60), "ada").over


def test_nothing_is_left_of_a_window_that_has_ended(counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(rate_counters.time, "time", lambda: now[0])
    for number in range(1_000):
        counts.hit(Limit(5, 60), f"write:192.0.2.{number}")
    counts.hit(Limit(5, 3_600), "ada")
    now[0] += 61
    counts.clear_ended()
    assert counts.peek(Limit(5, 3_600), "ada").remaining == 4
    now[0] += 3_600
    counts.clear_ended()
    assert not any(counts._memory[:])


def test_processes_count_together(tmp_path: Path) -> None:
    path = tmp_path / "run" / "counts"
    child = [sys.executable, "-c", CHILD, str(path), "500"]
    for process in [subprocess.Popen(child, cwd=ROOT) for _ in range(2)]:
        assert process.wait(60) == 0
    last = Counts(path, "secret").hit(Limit(1_000_000, 3_600), "ada")
    # Two that count at the same instant may count as one: that is the price of no lock between them.
    assert 900 <= 1_000_000 - last.remaining - 1 <= 1_000


def test_who_was_counted_much_is_not_pushed_out_by_many(counts: Counts) -> None:
    for _ in range(100):
        counts.hit(Limit(100, 3_600), "attacker")
    for number in range(200_000):
        counts.hit(Limit(100, 3_600), f"crowd {number}")
    assert counts.hit(Limit(100, 3_600), "attacker").over


def test_the_file_stays_as_large_as_it_is(tmp_path: Path) -> None:
    counts = Counts(tmp_path / "counts", "secret")
    size = (tmp_path / "counts").stat().st_size
    for number in range(5_000):
        counts.hit(Limit(1, 60), str(number))
    assert (tmp_path / "counts").stat().st_size == size == 2**20
    assert (tmp_path / "counts").stat().st_mode & 0o077 == 0


def test_a_file_of_something_else_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "counts").write_bytes(b"\xff" * 5_000)
    assert Counts(tmp_path / "counts", "secret").hit(Limit(1, 60), "ada").limit == 1
