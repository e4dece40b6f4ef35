"""Compresses the files of backups in threads, while the next commits are read and verified.

zlib releases the interpreter's lock. A file is a row of gzip members, each a block of its own: the format allows that,
and `zcat` reads it as one.
"""

import gzip
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

COMPRESSION_LEVEL = 1
"""The fastest of gzip's: compression takes more processor time than reading and verifying do."""
BLOCK_BYTES = 2 << 20
"""Before compression. Threads wait for the interpreter's lock between smaller ones; larger ones end late."""
THREADS = 2
"""One falls behind the verification."""


class BlockCompressor:
    """Collects lines, one file after another. All of a file is in memory until it is finished.

    size: of the lines of the file so far, in bytes.
    """

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._begin()

    def add(self, line: bytes) -> None:
        self._block += line
        self.size += len(line)
        if len(self._block) >= BLOCK_BYTES:
            self._compress()

    def finish(self) -> bytes:
        """The file, compressed. What is added next belongs to another one."""
        self._compress()
        content = b"".join(block.result() for block in self._compressed)
        self._begin()
        return content

    def _begin(self) -> None:
        self.size = 0
        self._block = bytearray()
        self._compressed: list[Future[bytes]] = []

    def _compress(self) -> None:
        self._compressed.append(self._threads.submit(gzip.compress, self._block, COMPRESSION_LEVEL, mtime=0))
        self._block = bytearray()


@contextmanager
def compressing() -> Iterator[BlockCompressor]:
    """Ends its threads with the block; what an exception leaves uncompressed is dropped."""
    with ThreadPoolExecutor(THREADS, "compressing") as threads:
        try:
            yield BlockCompressor(threads)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
