"""Each suite runs at a tiny size and prints its figures. How fast it was is no test's business."""

import re
from pathlib import Path

import pytest

from tools.bench import pages
from tools.bench.__main__ import main
from tools.bench.measure import Turns, in_turns, percentile
from tools.bench.suites import GROUPS

RATIO = r"\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suite", "figures"),
    [
        ("append", [f"append / bare sqlite3.*{RATIO}", f"append / eventsourcing's save.*{RATIO}"]),
        ("decide", [r"decision: like, time.*× \d.*≤ × 1\.5", r"decision: edit, memory.*× \d.*≤ × 2"]),
        ("import", [f"import / bare loop.*{RATIO}"]),
        ("rebuild", [f"rebuild / bare loop.*{RATIO}", r"rebuild, memory.*× \d"]),
        ("feed", [f"feed / bare Flask and Jinja.*{RATIO}", f"feed, logged in.*{RATIO}"]),
        (
            "api-calls",
            [f"API: (like|query) / bare Flask, {floor}.*{RATIO}" for floor in ("bare", "by-our-store", "orjson")],
        ),
        ("readers", [r"40 live readers.*40 streams, 0 ask.*0 errors.*p99 \d+ ms", r"memory per live reader.*KB"]),
        ("visible", [r"command to visible.*p99 \d+\.\d ms", r"projector, idle.*\d%"]),
    ],
)
def test_a_suite_prints_its_figures(
    suite: str, figures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([suite, "--size", "40", "--folder", str(tmp_path)])

    printed = capsys.readouterr().out
    for figure in figures:
        assert re.search(figure, printed), printed
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_pages_are_compared_at_two_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TURNS", 1)
    main(["pages", "--size", "1000", "--folder", str(tmp_path)])

    printed = capsys.readouterr().out
    for page in ("feed", "thread", "author", "search"):
        assert re.search(rf"page: {page} .*p50 \d+\.\d ms at 1,000 .*× \d\.\d\d", printed), printed
    assert re.search(r"a 304 / the page .*with 100 comments", printed), printed


def test_the_main_suites_are_those_of_the_promise() -> None:
    assert list(GROUPS["main"]) == ["append", "decide", "import", "rebuild", "feed", "visible"]


def test_an_unknown_suite_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["appendix"])

    assert "appendix" in capsys.readouterr().err


def test_both_go_first_in_turn() -> None:
    order: list[str] = []

    def timed(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    turns = in_turns(lambda: timed("ours", 2.0), lambda: timed("floor", 1.0), 2)

    assert order == ["floor", "ours", "ours", "floor"]
    assert turns == Turns(ours=[2.0, 2.0], floor=[1.0, 1.0])
    assert turns.ratios == [0.5, 0.5]


@pytest.mark.parametrize(("hundredth", "value"), [(50, 50.0), (99, 99.0), (100, 100.0)])
def test_a_percentile_is_one_of_the_values(hundredth: int, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], hundredth) == value
