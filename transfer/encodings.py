"""Detects the encoding of a file, and decodes it to UTF-8 with line ends of \\n."""

import codecs
import re
from collections.abc import Iterator, Mapping

_MARK_UNDECODED = "verbatim.mark_undecoded"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS: Mapping[tuple[bool, ...], str] = {
    (True, True, True, False): "utf-32-be",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (False, True, False, True): "utf-16-le",
}
"""By which of the first four bytes are zero, since a file begins with two characters of ASCII (RFC 4627, section 3)."""
_HIGH = re.compile(rb"[\x80-\xff]+")
_STRAY_MARK = re.compile(rb"[\xfe\xff]+\Z")
_SWITCH = re.compile(rb"\x1b[$(]")
"""By which the encodings of ISO 2022, as Japanese mail has them, begin and end what isn't ASCII."""
_MEANT = {
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
"""Python's name → what programs write that use this name (https://encoding.spec.whatwg.org/#names-and-labels)."""
_NO_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


def named(name: str) -> str:
    """Python's name of an encoding that somebody calls so. Raises LookupError."""
    try:
        found = codecs.lookup(name)
    except ValueError as error:
        raise LookupError(name) from error
    if not found._is_text_encoding or found.incrementaldecoder is None or found.name in _NO_FILES:
        raise LookupError(name)
    return _MEANT.get(found.name, found.name)


def detected(begin: bytes) -> str:
    """The encoding of a file that begins so; "" for text that is neither UTF-8 nor UTF-16 nor UTF-32."""
    for mark, name in _MARKS:
        if begin.startswith(mark):
            return name
    if by_zeros := _ZEROS.get(tuple(byte == 0 for byte in begin[:4])):
        return by_zeros
    return "" if b"\0" not in begin and _is_of_another(begin) else "utf-8"


def _is_of_another(begin: bytes) -> bool:
    """Whether more of what is beyond ASCII isn't UTF-8 than is, or it switches between sets of characters."""
    if _SWITCH.search(begin):
        return True
    runs = _HIGH.findall(begin)
    foreign = sum(not _is_utf8_or_damaged(run) for run in runs)
    return 2 * foreign > len(runs)


def _is_utf8_or_damaged(run: bytes) -> bool:
    """Damaged: half a character of UTF-16 that was written as UTF-8, or a byte order mark that went astray."""
    if _STRAY_MARK.match(run):
        return True
    try:
        run.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8, but for what can't be decoded: that becomes bytes that aren't UTF-8."""
    codecs.register_error(_MARK_UNDECODED, _undecoded)
    decoder = codecs.getincrementaldecoder(encoding)(errors=_MARK_UNDECODED)
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text.encode(errors="surrogatepass")
    yield decoder.decode(b"", final=True).encode(errors="surrogatepass")


def _undecoded(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


def with_newlines(chunks: Iterator[bytes], begin: bytes) -> Iterator[bytes]:
    """With \\n for line ends where the file has \\r alone for them."""
    alone = b"\r" in begin and b"\n" not in begin
    return (chunk.replace(b"\r", b"\n") for chunk in chunks) if alone else chunks
