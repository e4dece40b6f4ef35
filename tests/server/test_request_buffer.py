"""A body in chunks that will be too large is refused by the first size that says so."""

import pytest
from gunicorn.config import Config

from server.request_buffer import MAX_BODY_BYTES, BodyTooLarge, RequestBuffer

HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
WITHOUT_DATA = [
    b"ffffffffff\r\n", b"ffffffffff;a=b\r\n", b"FFFFF\r\n", b"f" * 200 + b"\r\n", b"%x\r\n" % (MAX_BODY_BYTES + 1)
]  # fmt: skip


@pytest.mark.parametrize("size_line", WITHOUT_DATA)
@pytest.mark.parametrize("before", [b"", b"2\r\n{}\r\n", b"5;a=b\r\n1\r\n2\r\r\n"])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_size_beyond_the_limit_is_refused_before_its_data(size_line: bytes, before: bytes, step: int) -> None:
    with pytest.raises(BodyTooLarge):
        _feed(HEAD + before + size_line, step)


def test_sizes_count_together() -> None:
    half = MAX_BODY_BYTES // 2
    chunk = b"%x\r\n" % half + b"x" * half + b"\r\n"
    with pytest.raises(BodyTooLarge):
        _feed(HEAD + chunk + b"%x\r\n" % (half + 1), 65_536)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_data_and_trailers_that_look_like_sizes_are_none(step: int) -> None:
    body = b"e\r\n\r\nffffffffff\r\n\r\n0\r\nX: y\r\n\r\n"
    assert _feed(HEAD + body + b"ffffffffff\r\n", step).is_complete()


def test_a_size_that_is_just_allowed_is_waited_for() -> None:
    assert not _feed(HEAD + b"%x\r\n" % MAX_BODY_BYTES, 65_536).is_complete()


def test_an_empty_line_before_a_request_is_no_part_of_its_sizes() -> None:
    with pytest.raises(BodyTooLarge):
        _feed(b"\r\n" + HEAD + b"ffffffffff\r\n", 1)


def _feed(raw: bytes, step: int) -> RequestBuffer:
    buffer = RequestBuffer(Config())
    for at in range(0, len(raw), step):
        buffer.feed(raw[at : at + step])
    return buffer
