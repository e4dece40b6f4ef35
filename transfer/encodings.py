"""Detects the encoding of a file, and decodes it to UTF-8 with line ends of \\n."""

import codecs
import re
from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")
_IN_WORDS = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{1,2}|[\x80-\xff]{1,2}(?=[A-Za-z])")


def detected(begin: bytes) -> tuple[str, int]:
    """The encoding of a file that begins so, and how many bytes its mark has. UTF-8 unless all speaks for another."""
    for mark, name in _MARKS:
        if begin.startswith(mark):
            return name, len(mark)
    even, odd = begin[0:2000:2], begin[1:2000:2]
    if len(begin) >= 4 and min(even.count(0), odd.count(0)) == 0 and max(even.count(0), odd.count(0)) > len(even) * 0.4:
        return ("utf-16-le" if odd.count(0) else "utf-16-be"), 0
    return ("cp1252" if _is_windows(begin) else "utf-8"), 0


def _is_windows(begin: bytes) -> bool:
    """Whether every byte beyond ASCII is a letter within a word, and none is of UTF-8."""
    high = _HIGH.findall(begin)
    if not high or len(high) != len(_IN_WORDS.findall(begin)):
        return False
    return not any(_is_utf8(found) for found in high)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8. What can't be decoded becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")


def with_newlines(chunks: Iterator[bytes], begin: bytes) -> Iterator[bytes]:
    """With \\n for line ends where the file has \\r alone for them."""
    alone = b"\r" in begin and b"\n" not in begin
    return (chunk.replace(b"\r", b"\n") for chunk in chunks) if alone else chunks
