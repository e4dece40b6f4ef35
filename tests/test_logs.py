"""Log lines: one each, whatever stands in them, and nothing of what a program's variables held."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import logs

ROOT = Path(__file__).parent.parent
FORMATS = pytest.mark.parametrize("log_format", ["text", "json"])
HOSTILE = "a\r\n2026-11-29 [info] forged\x1b[31m\x07 \x85\x9b\u2028\u202eb\x00"


@pytest.fixture
def configured() -> Iterator[Callable[[str], None]]:
    root, projector = logging.getLogger(), logging.getLogger("projector")
    handlers, levels = root.handlers[:], (root.level, projector.level)
    yield logs.configure
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    projector.setLevel(levels[1])


def assert_calm(said: str) -> None:
    assert [sign for sign in said if not sign.isprintable() and sign != "\n"] == []


@FORMATS
def test_what_others_wrote_makes_no_line_of_its_own(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configured(log_format)
    log = logging.getLogger("projector")
    log.info(HOSTILE)
    log.info("projector: a stream is parked", extra={"path": HOSTILE, "more": [{HOSTILE: HOSTILE}]})
    log.info("named %s", HOSTILE)
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 3
    assert_calm(said)
    assert r"\x1b[31m" in said.replace(r"\\x", r"\x")


@FORMATS
def test_a_traceback_shows_no_values_and_its_lines_are_no_lines_of_the_log(
    configured: Callable[[str], None], capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configured(log_format)
    password = "hunter2" + "hunter2"
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("projector").exception("projector: broken")
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert password not in said
    assert_calm(said)
    first, *rest = said.splitlines()
    assert all(line.startswith("  ") for line in rest)
    if log_format == "json":
        assert rest == []
        assert "ValueError" in json.loads(first)["exception"]


@pytest.mark.parametrize(
    "program",
    [
        "raise RuntimeError('out of memory, nearly')",
        "import threading\nthread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()",
        "import warnings\nwarnings.warn('an old way', stacklevel=1)",
        "logs.end_process('projector: no store\\nat all')",
    ],
)
def test_every_line_is_json_also_of_what_nobody_expected(program: str) -> None:
    source = f"import logs\nlogs.configure('json')\nlogs.log_the_unexpected()\n{program}"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, env={"LOG_FORMAT": "json"}, capture_output=True, text=True
    )
    (line,) = done.stderr.splitlines()
    assert {"event", "level", "timestamp"} <= set(json.loads(line))


def test_a_sentence_ends_a_process_in_words_where_logs_are_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import logs; logs.end_process('no store')"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (1, "no store\n")
