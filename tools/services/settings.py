"""Where programs, data and logs are kept, and on which ports the servers listen."""

import os
from dataclasses import dataclass
from pathlib import Path

ADDRESS = "127.0.0.1"


class ServiceError(Exception):
    """Something this machine lacks or refuses. The message says what, and what to do about it."""


@dataclass(frozen=True)
class ServiceSettings:
    """Programs are shared; data, logs and pid files go by port, so that other ports mean another set of servers."""

    root: Path
    kafka_port: int
    controller_port: int
    mongo_port: int
    postgres_port: int

    def program(self, name: str) -> Path:
        return self.root / "programs" / name

    def state(self, name: str, port: int) -> Path:
        return self.root / "state" / f"{name}-{port}"

    @property
    def lock(self) -> Path:
        return self.root / "lock"


def read_settings() -> ServiceSettings:
    """Reads the environment. Raises ServiceError for a port that is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kafka = _port("KAFKA_PORT", 9092)
    mongo = _port("MONGO_PORT", 27017)
    return ServiceSettings(
        root=Path(os.environ.get("VERBATIM_SERVICES_DIR") or cache / "verbatim-services").absolute(),
        kafka_port=kafka,
        controller_port=_port("KAFKA_CONTROLLER_PORT", kafka + 1),
        mongo_port=mongo,
        postgres_port=_port("POSTGRES_PORT", mongo + 1),
    )


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535):
        raise ServiceError(f"{name} must be a port from 1024 to 65535, not {text!r}.")
    return int(text)
