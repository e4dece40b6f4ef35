"""The erasure ledger's file: what isn't one is said, before anything is restored by it."""

from pathlib import Path

import pytest

from eventstore.erasure_ledger import BadLedger, Erased, LedgerFile


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    ledger = LedgerFile(tmp_path / "ledger")
    one, two = Erased(commit="a", version=1), Erased(commit="b", version=2)
    ledger.record([two])
    ledger.record([one, two])
    assert ledger.read() == {one, two}
    assert len(ledger.path.read_bytes().splitlines()) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b'{"commit":"a"',
        b'{"commit":"a","version":0}',
        b'{"commit":"a","version":99999999999999999999}',
        b'{"commit":"","version":1}',
        b'{"commit":"' + b"a" * 37 + b'","version":1}',
        b'{"commit":"a\\u0000","version":1}',
    ],
)
def test_a_damaged_line_is_said_with_its_number(tmp_path: Path, line: bytes) -> None:
    """A version that no database holds was a defect of ours; a commit that is none was taken for one."""
    ledger = LedgerFile(tmp_path / "ledger")
    ledger.path.write_bytes(b'{"commit":"a","version":1}\n' + line + b"\n")
    with pytest.raises(BadLedger, match="line 2"):
        ledger.read()
