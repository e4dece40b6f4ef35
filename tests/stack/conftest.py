"""A stack as docker-compose.yml describes it: its containers are processes here, on the files that its image holds."""

import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest
from kafka import KafkaAdminClient

from tests.servers import KAFKA_URL, MONGO_URL, required
from tests.stack.compose import ROOT, dockerfile, filled
from tools.drill.processes import free_port


@dataclass
class Stack:
    """`folder` is the image's /app; `place` holds what is this stack's own; `database` names it in the servers."""

    folder: Path
    place: Path
    database: str = field(default_factory=lambda: f"stack_{secrets.token_hex(6)}")
    containers: list["Container"] = field(default_factory=list)

    def up(self, service: str, **settings: str) -> "Container":
        """Starts one container of the service: its entry point and its command, as they stand there."""
        return self._start(service, _service(service)["command"], settings)

    def run(self, service: str, *command: str) -> "Container":
        """As `docker compose run`: another command in the service's place, to its end."""
        one = self._start(service, [*command], {})
        one.process.wait(180)
        return one

    def _start(self, service: str, command: list[str], settings: dict[str, str]) -> "Container":
        number = len(self.containers)
        one = Container(service, self._environment(service, number) | settings, self.place / f"{number}-{service}.log")
        one.start(self.folder, _entry_point() + command)
        self.containers.append(one)
        return one

    def down(self) -> None:
        for one in self.containers:
            if one.process.poll() is None:
                os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()

    def _environment(self, service: str, number: int) -> dict[str, str]:
        """What the container would be given, but with this machine's servers, and without SQL Server."""
        found = {**_image_environment(), **_service(service)["environment"]}
        gone = ("MSSQL_", "MONGO_USER", "MONGO_PASSWORD", "MONGO_REPLICA_SET", "PATH")
        found = {name: value for name, value in found.items() if not name.startswith(gone)}
        return {
            **found,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MONGO_HOST": urlsplit(MONGO_URL).netloc,
            "MONGO_DATABASE": self.database,
            "EVENT_LOG_URL": f"kafka://{urlsplit(KAFKA_URL).netloc}/{self.database}?group={self.database}",
            "READ_MODEL_URL": f"sqlite:///{self.place / 'read.db'}",
            "BIND": "127.0.0.1",
            "PORT": str(free_port()),
            "DATA_DIR": str(self.place / f"data-{number}"),
        }


@dataclass
class Container:
    service: str
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)
    folder: Path = field(init=False)

    def start(self, folder: Path, command: list[str]) -> None:
        self.folder = folder
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=self.environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, process_group=0,
            )  # fmt: skip

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def healthy(self) -> bool:
        """What Docker would ask, as the file has it asked."""
        kind, *check = _service(self.service)["healthcheck"]["test"]
        assert kind == "CMD"
        done = subprocess.run(check, cwd=self.folder, env=self.environment, capture_output=True, timeout=180)
        return self.process.poll() is None and done.returncode == 0

    def stop(self) -> int:
        """As Docker stops it: SIGTERM to it alone, then its exit code within its grace."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(int(_service(self.service)["stop_grace_period"].removesuffix("s")))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that .dockerignore lets into the image, and no others."""
    folder = tmp_path_factory.mktemp("image")
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if any(name == one or fnmatch(name, f"{one}/*") for one in allowed) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def stack(image: Path, tmp_path: Path) -> Iterator[Stack]:
    required(MONGO_URL, "The MongoDB server")
    required(KAFKA_URL, "Kafka")
    one = Stack(image, tmp_path)
    yield one
    one.down()
    _drop(one.database)


def _service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = filled()["services"][name]
    return found


def _entry_point() -> list[str]:
    [entry] = [rest for word, rest in dockerfile("site") if word == "ENTRYPOINT"]
    found: list[str] = json.loads(entry)
    return found


def _image_environment() -> dict[str, str]:
    pairs = [rest for word, rest in dockerfile("site") if word == "ENV"]
    return dict(pair.split("=", 1) for text in pairs for pair in shlex.split(text))


def _drop(name: str) -> None:
    """What a stack leaves in the servers: its database and its topic."""
    with pymongo.MongoClient[Any](MONGO_URL) as client:
        client.drop_database(name)
    admin = KafkaAdminClient(bootstrap_servers=urlsplit(KAFKA_URL).netloc)
    admin.delete_topics([name], raise_errors=False)
    admin.close()
