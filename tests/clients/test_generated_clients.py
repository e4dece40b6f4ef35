"""Generators make clients of the OpenAPI document that compile and call a running site; linters find nothing in it."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.absent import skip_or_fail
from tests.clients import generated
from tests.server.served import Server
from tools.drill.processes import ROOT, python

pytestmark = [pytest.mark.server, pytest.mark.slow(60)]


def required(*programs: str) -> None:
    """Skips the test without these programs, and fails it in CI."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        skip_or_fail(f"not on this machine: {', '.join(missing)}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(tmp_path_factory.mktemp("clients"))
    with server.log.open("ab") as log:
        projector = subprocess.Popen(python("projector"), cwd=ROOT, env=server.environment, stdout=log, stderr=log)
    try:
        _wait_for_projector(f"http://127.0.0.1:{server.port}/api/v1/accounts")
        yield f"http://127.0.0.1:{server.port}"
    finally:
        projector.terminate()
        projector.wait(30)
        server.stop()


def _wait_for_projector(accounts: str) -> None:
    """Until queries show what was stored."""
    opener = build_opener(ProxyHandler({}))
    body = b'{"handle": "first", "password": "correct horse battery"}'
    opener.open(Request(accounts, body, {"Content-Type": "application/json"})).close()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(HTTPError):
            opener.open(f"{accounts}/first").close()
            return
        time.sleep(0.2)
    raise TimeoutError("the projector shows nothing within a minute")


def test_oapi_codegens_client_compiles_and_calls(site: str, tmp_path: Path):
    required("go")
    assert int(generated.run(generated.go_client(), site, "gopher", cwd=tmp_path)) >= 10


def test_openapi_generators_client_compiles_and_calls(site: str, tmp_path: Path):
    required("java", "javac", "mvn")
    assert int(generated.run(*generated.java_client(), site, "duke", cwd=tmp_path)) >= 10


def test_spectral_and_redocly_find_nothing(tmp_path: Path):
    required("npm", "node")
    bin = generated.linters()
    (tmp_path / "openapi.json").write_bytes(generated.DOCUMENT)
    (tmp_path / "rules.yaml").write_text("extends: ['spectral:oas']\n")
    found = generated.run(bin / "spectral", "lint", "-F", "warn", "-r", "rules.yaml", "openapi.json", cwd=tmp_path)
    assert "No results" in found
    found = generated.run(bin / "redocly", "lint", "--format=summary", "openapi.json", cwd=tmp_path)
    assert "warning" not in found.lower().replace("deprecation warning", ""), found
