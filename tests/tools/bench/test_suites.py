"""Each suite runs at a tiny size and prints its figures. How fast it was is no test's business."""

import re
from pathlib import Path

import pytest

from tools.bench import pages, scale
from tools.bench.__main__ import GROUPS, main
from tools.bench.measure import Samples, alternate, percentile

RATIO = r"\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suite", "figures"),
    [
        ("append", [f"append / bare sqlite3.*{RATIO}"]),
        ("decide", [r"decision: like .*× \d.*≤ × 1\.5", r"decision: edit .*× \d.*≤ × 2"]),
        ("import", [f"import of 40 posts / bare loop.*{RATIO}"]),
        ("rebuild", [rf"rebuild of [\d,]+ rows / bare loop.*{RATIO}"]),
        (
            "backup",
            [
                rf"backup of \d+ / loop, gzip .*{RATIO}.*≥ 0.5",
                rf"backup of \d+ / loop, no gzip .*{RATIO}",
                rf"restore, verified / import's loop .*{RATIO}.*≥ 0.3",
                rf"40 more since / loop, gzip .*{RATIO}",
            ],
        ),
        ("api", [r"200 programs at once.*\d+ errors.*p99 \d+ ms"]),
        ("readers", [r"40 live readers.*40 streams, 0 poll.*0 errors.*p99 \d+ ms", r"memory per live reader.*KB"]),
        ("leaving", [r"others, while 40 texts are erased.*p99 \d+ ms", r"erasing meanwhile.*texts/s.*0 errors"]),
        ("visible", [r"command to visible.*p99 \d+\.\d ms"]),
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
def test_pages_stand_beside_the_same_bytes_and_the_same_templates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TURNS", 2)
    main(["pages", "--size", "1000", "--folder", str(tmp_path)])

    printed = capsys.readouterr().out
    for page in ("thread", "feed", "author"):
        assert re.search(f"{page}, stranger  .*µs.*{RATIO}.*≥ 0.8", printed), printed
        assert re.search(f"{page}, stranger, 304  .*µs.*{RATIO}.*≥ 0.8", printed), printed
    for page in ("thread", "feed"):
        assert re.search(rf"{page}, logged in .*µs.*× {RATIO}.*≤ × 1\.3", printed), printed


@pytest.mark.slow
def test_pages_are_compared_at_two_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "TURNS", 1)
    main(["scale", "--size", "1000", "--folder", str(tmp_path)])

    printed = capsys.readouterr().out
    for page in ("feed", "thread", "author", "search"):
        assert re.search(rf"page: {page} .*p50 \d+\.\d ms at 1,000 .*× \d\.\d\d", printed), printed


def test_the_main_suites_are_those_of_the_promise() -> None:
    assert list(GROUPS["main"]) == ["append", "decide", "import", "rebuild", "backup", "visible", "leaving"]


def test_an_unknown_suite_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["appendix"])

    assert "appendix" in capsys.readouterr().err


def test_each_goes_first_in_every_other_turn() -> None:
    order: list[str] = []

    def timed(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    samples = alternate(lambda: timed("ours", 2.0), lambda: timed("floor", 1.0), 2)

    assert order == ["floor", "ours", "ours", "floor"]
    assert samples == Samples(ours=[2.0, 2.0], floor=[1.0, 1.0])
    assert samples.speed_ratios == [0.5, 0.5]


@pytest.mark.parametrize(("hundredth", "value"), [(50, 50.0), (99, 99.0), (100, 100.0)])
def test_a_percentile_is_one_of_the_values(hundredth: int, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], hundredth) == value
