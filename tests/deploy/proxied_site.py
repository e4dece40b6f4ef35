"""A site on one machine behind a real nginx or Caddy, by the files of deploy/ with ports and certificates of a test."""

import contextlib
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import NamedTuple

from tests.absent import skip_or_fail
from tools.drill.browser import Browser
from tools.drill.processes import (
    PROJECTOR,
    ROOT,
    WEB,
    Supervisor,
    free_port,
    python,
    running,
    wait_for,
    wait_until_served,
)

HOST = "localhost"
STARTUP_TIMEOUT_S = 60.0
NGINX_MAIN = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""
# As many who run nginx have it for all their sites: it makes every strong tag a weak one.
COMPRESSING = """
    gzip on;
    gzip_proxied any;
    gzip_types application/json;
    gzip_min_length 0;
    proxy_set_header Accept-Encoding "";
"""
CADDY_GLOBAL = """{{
	admin off
	skip_install_trust
	http_port {http_port}
	https_port {https_port}
}}
"""


class ProxiedSite(NamedTuple):
    """https_port, http_port: the proxy's; port: the site's own, on loopback, past the proxy; data: its DATA_DIR."""

    https_port: int
    http_port: int
    port: int
    data: Path
    certificates: ssl.SSLContext
    supervisor: Supervisor

    def browser(self) -> Browser:
        return Browser(self.https_port, HOST, certificates=self.certificates)

    def connection(self, timeout_s: float = 20.0) -> HTTPSConnection:
        return HTTPSConnection(HOST, self.https_port, timeout=timeout_s, context=self.certificates)


@contextlib.contextmanager
def site_behind(proxy: str, folder: Path) -> Iterator[ProxiedSite]:
    """proxy: nginx or caddy; compressing-nginx compresses besides. Skips, or fails in CI, where there is none."""
    program = proxy.removeprefix("compressing-")
    if shutil.which(program) is None:
        skip_or_fail(f"no {program} here")
    port, https_port, http_port = free_port(), free_port(), free_port()
    certificates = _certificate(folder)
    data = folder / "data"
    environment = {
        "DATA_DIR": str(data),
        "PORT": str(port),
        "PUBLIC_URL": f"https://{HOST}:{https_port}",
        "TRUSTED_PROXIES": "1",
        "WEB_WORKERS": "2",
        "WEB_THREADS": "8",
    }
    subprocess.run(
        python("cli", "migrate"), cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL
    )
    command = {"nginx": _nginx, "caddy": _caddy}[program](folder, port, https_port, http_port, proxy != program)
    with running([WEB, PROJECTOR], folder, environment) as supervisor, (folder / "proxy.log").open("wb") as log:
        started = subprocess.Popen(command, env=os.environ | {"XDG_DATA_HOME": str(folder)}, stdout=log, stderr=log)
        try:
            wait_until_served(port, STARTUP_TIMEOUT_S)
            site = ProxiedSite(https_port, http_port, port, data, certificates, supervisor)
            if not wait_for(STARTUP_TIMEOUT_S, lambda: _answers(site)):
                raise TimeoutError(f"{program} doesn't answer: {(folder / 'proxy.log').read_text()}")
            yield site
        finally:
            started.terminate()
            started.wait(20)


def _answers(site: ProxiedSite) -> bool:
    with contextlib.suppress(OSError), contextlib.closing(site.connection()) as line:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    return False


def _certificate(folder: Path) -> ssl.SSLContext:
    """One for localhost, signed by itself; gives who trusts it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return ssl.create_default_context(cafile=folder / "fullchain.pem")


def _rendered(name: str, replacements: dict[str, str]) -> str:
    """A file of deploy/ with what is somebody's own replaced. Each must be in it."""
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    for old, new in replacements.items():
        assert old in text, f"{old!r} isn't in deploy/{name} any more"
        text = text.replace(old, new)
    return text


def _nginx(folder: Path, port: int, https_port: int, http_port: int, compressing: bool) -> list[str]:
    site = _rendered(
        "nginx.conf",
        {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{https_port} ssl http2;",
            "listen 80;": f"listen 127.0.0.1:{http_port};",
            "https://$host$request_uri": f"https://$host:{https_port}$request_uri",
            "server_name example.org;": f"server_name {HOST};",
            "/etc/letsencrypt/live/example.org": str(folder),
        },
    )
    if compressing:
        site = site.replace("        proxy_pass ", f"{COMPRESSING}        proxy_pass ")
    # Its workers would be somebody else, who can't write into the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX_MAIN.format(folder=folder, user=user, site=site))
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log"), "-p", str(folder)]


def _caddy(folder: Path, port: int, https_port: int, http_port: int, compressing: bool) -> list[str]:
    assert not compressing
    tls = f"tls {folder}/fullchain.pem {folder}/privkey.pem"
    site = _rendered("Caddyfile", {"\nexample.org {": f"\n{HOST} {{\n\t{tls}", "127.0.0.1:8000": f"127.0.0.1:{port}"})
    (folder / "Caddyfile").write_text(CADDY_GLOBAL.format(http_port=http_port, https_port=https_port) + site)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def plain_connection(site: ProxiedSite) -> HTTPConnection:
    return HTTPConnection(HOST, site.http_port, timeout=20)
