"""What the site writes is its owner's alone, and the proxy that it trusts is the one that it is told of."""

import json
import stat
from pathlib import Path

import pytest

from tests.server.served import Server

pytestmark = pytest.mark.slow
GET = b"GET /api/v1/nowhere HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nX-Forwarded-For: %b\r\n\r\n"
MALFORMED_TOKEN = b"POST /api/v1/tokens HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nX-Forwarded-For: %b\r\n\r\n"


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    made = Server(tmp_path)
    try:
        assert made.send_raw(GET % b"192.0.2.1").status == 404
        found = {path: stat.S_IMODE(path.stat().st_mode) for path in [made.data, *made.data.rglob("*")]}
    finally:
        made.stop()
    assert len(found) > 4
    assert {str(path): oct(mode) for path, mode in found.items() if mode & 0o077} == {}


@pytest.mark.parametrize(("trusted", "counted_together"), [("0", True), ("1", False)])
def test_only_the_last_address_of_a_proxy_that_is_trusted_counts(
    tmp_path: Path, trusted: str, counted_together: bool
) -> None:
    made = Server(tmp_path, TRUSTED_PROXIES=trusted, RATE_LIMITS="on")
    try:
        said = [made.send_raw(MALFORMED_TOKEN % b"203.0.113.9, 192.0.2.%d" % n) for n in range(25)]
        forged = [made.send_raw(MALFORMED_TOKEN % b"192.0.2.%d, 198.51.100.1" % n) for n in range(25)]
    finally:
        made.stop()
    assert (said[-1].status == 429) == counted_together
    assert forged[-1].status == 429
    assert json.loads(said[0].body)["status"] == said[0].status
