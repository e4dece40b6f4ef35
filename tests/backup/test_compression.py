"""What is compressed in threads comes back in the order in which it was given, and no thread outlives its run."""

import gzip
import threading

import pytest

from backup import compression
from backup.compression import compressing
from tests.backup.conftest import Site
from tests.backup.test_backups import content, stored

LINES = [f"line {number}\n".encode() * (1 + number % 7) for number in range(200)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "BLOCK_BYTES", 100)


def test_lines_come_back_in_their_order_file_by_file() -> None:
    with compressing() as compressor:
        for lines in (LINES, LINES[::-1], []):
            for line in lines:
                compressor.add(line)
            assert compressor.size == len(b"".join(lines))
            assert gzip.decompress(compressor.finish()) == b"".join(lines)
            assert compressor.size == 0


def test_a_backup_of_many_blocks_is_read_as_one_file(site: Site) -> None:
    site.back_up()
    assert content(site) == stored(site)
    part = next(site.backups.path.rglob("*.jsonl.gz"))
    assert gzip.decompress(part.read_bytes()) == b"".join(line + b"\n" for line in stored(site))


def test_a_block_that_cant_be_compressed_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(compression.gzip, "compress", failing)
    with compressing() as compressor:
        compressor.add(LINES[0])
        with pytest.raises(MemoryError):
            compressor.finish()


def test_threads_end_with_a_run_that_fails() -> None:
    def fail() -> None:
        with compressing() as compressor:
            for line in LINES:
                compressor.add(line)
            raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        fail()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("compressing")]
