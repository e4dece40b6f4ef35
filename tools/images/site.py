"""The whole compose file, up on the stand-ins: a checkout with an .env of its own, and a project name of its own."""

import json
import secrets
import ssl
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tools.drill import processes
from tools.drill.processes import free_port

from . import engine
from .docker import docker
from .settings import ROOT, ImagesError

Found = TypeVar("Found")
POLL_INTERVAL_S = 0.3
ROOT_CERTIFICATE = "/data/caddy/pki/authorities/local/root.crt"
# What Caddy itself makes a certificate for, without asking anybody outside.
HOST = "localhost"


class Site:
    """One project. Its containers, networks and volumes are gone after `remove`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"verbatim-{secrets.token_hex(4)}"
        self.http_port, self.https_port = free_port(), free_port()

    def clone(self) -> None:
        """A fresh checkout of what is committed, and its .env by the documented command."""
        subprocess.run(["git", "clone", "-q", str(ROOT), str(self.folder)], check=True)
        subprocess.run(["bin/secrets"], cwd=self.folder, check=True, capture_output=True)
        choices = {
            # There is no SQL Server here, and so no licence to accept; but the file wants an answer.
            "MSSQL_ACCEPT_EULA": "N",
            "SITE_ADDRESS": HOST,
            "PUBLIC_URL": self.url,
            "HTTP_PORT": str(self.http_port),
            "HTTPS_PORT": str(self.https_port),
        }
        lines = self.env_file.read_text().splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in choices]
        self.env_file.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in choices.items())]) + "\n")

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.https_port}"

    def secrets(self) -> dict[str, str]:
        """Every secret of its .env by name."""
        pairs = (line.partition("=") for line in self.env_file.read_text().splitlines())
        return {name: value for name, _, value in pairs if name.endswith(("KEY", "PASSWORD"))}

    def compose(self, *words: str, timeout_s: float = 900.0) -> str:
        """`docker compose` in its folder. Raises ImagesError, with what the containers said last."""
        try:
            return docker("compose", *words, cwd=self.folder, environment=self.environment, timeout_s=timeout_s)
        except ImagesError as error:
            raise ImagesError(f"{error}\n{self.logs(tail=25)}") from error

    @property
    def environment(self) -> dict[str, str]:
        return {"COMPOSE_PROJECT_NAME": self.name, "COMPOSE_PROGRESS": "plain", "COMPOSE_ANSI": "never"}

    def logs(self, *services: str, tail: int | None = None) -> str:
        """What its containers, or those of some services, have written."""
        limit = [] if tail is None else [f"--tail={tail}"]
        return docker("compose", "logs", "--no-color", *limit, *services, cwd=self.folder, environment=self.environment)

    def containers(self, *services: str) -> list[str]:
        """The ids of those that run, the oldest first."""
        return [one["Id"] for one in self.inspected(*services) if one["State"]["Running"]]

    def inspected(self, *services: str, stopped: bool = True) -> list[dict[str, Any]]:
        """What Docker tells of them, also of those that don't run, the oldest first."""
        ids = self.compose("ps", "-q", *(["-a"] if stopped else []), *services).split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", *ids)) if ids else []
        return sorted(found, key=lambda one: str(one["Created"]))

    def service_of(self, one: dict[str, Any]) -> str:
        return str(one["Config"]["Labels"]["com.docker.compose.service"])

    def execute(self, service: str, *command: str) -> str:
        """What a command prints in the service's oldest running container."""
        return docker("exec", self.containers(service)[0], *command)

    def run(self, *command: str, mounts: Sequence[str] = ()) -> str:
        """A command of ours in a container of its own, in web's place."""
        volumes = [f"--volume={mount}" for mount in mounts]
        return self.compose("run", "--rm", "-T", "--no-deps", *volumes, "web", *command)

    def certificate(self) -> ssl.SSLContext:
        """Trusts whom the proxy's own authority vouches for, and nobody else."""
        return ssl.create_default_context(cadata=self.execute("proxy", "cat", ROOT_CERTIFICATE))

    def down(self, *options: str) -> None:
        """`docker compose down`, through a known fault of the engine (moby/moby#42119).

        It may keep an endpoint of a container that was killed, and then no network goes before the engine's next start.
        """
        try:
            self.compose("down", *options)
        except ImagesError as error:
            if "has active endpoints" not in str(error) or engine.started_pid() is None:
                raise
            engine.stop()
            engine.start()
            self.compose("down", *options)

    def remove(self) -> None:
        """Leaves nothing of it."""
        self.down("--volumes", "--timeout", "1")


def wait_for(what: str, condition: Callable[[], Found], timeout_s: float) -> Found:
    """What the condition gives once it is true. Raises ImagesError where that takes too long."""
    if not (found := processes.wait_for(timeout_s, condition, POLL_INTERVAL_S)):
        raise ImagesError(f"{what} didn't come within {timeout_s:g} s")
    return found
