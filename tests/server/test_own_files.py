"""What the site writes is its owner's alone, and the proxy that it trusts is the one that it is told of."""

import json
import stat
import subprocess
from pathlib import Path

import pytest

from tests.server.served import Server
from tests.server.supervised_site import Site
from tools.drill.processes import ROOT, python

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


def test_files_of_an_earlier_version_are_closed_by_whatever_opens_them(tmp_path: Path) -> None:
    made = Server(tmp_path)
    made.stop()
    for path in [made.data, *made.data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    subprocess.run(python("cli", "status"), cwd=ROOT, env=made.environment, stdout=subprocess.DEVNULL, check=False)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in [made.data, *made.data.rglob("*")]}
    assert {str(path): oct(mode) for path, mode in found.items() if mode & 0o077} == {}


@pytest.mark.parametrize("is_shared", [False, True])
def test_an_older_folder_is_closed_and_a_shared_one_told_about_once(site: Site, is_shared: bool) -> None:
    folder = site.root / "data"
    (folder / "run").mkdir(parents=True)
    for name in ("secret_key", "notes.txt") if is_shared else ("secret_key",):
        (folder / name).write_text("")
        (folder / name).chmod(0o644)
    folder.chmod(0o755)
    site.start(WEB_WORKERS="1")
    site.ready()
    modes = [stat.S_IMODE((folder / name).stat().st_mode) for name in (".", "secret_key", "run")]
    assert modes == [0o755 if is_shared else 0o700, 0o600, 0o700]
    assert site.output.count("its rights are left as they are") == is_shared


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
