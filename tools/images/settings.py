"""Where the engine, Compose and what images are made of are kept, and how they are called."""

import os
from collections.abc import Mapping
from pathlib import Path

from tools.services.settings import ServiceError

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = ROOT / "docker" / "stand-ins"
COMPOSE_FILES = "docker-compose.yml:docker/stand-ins.override.yml"


class ImagesError(ServiceError):
    """Docker can't be had here, or an image can't be made. The message says why, and what to do about it."""


def folder() -> Path:
    """VERBATIM_IMAGES_DIR, else ~/.cache/verbatim-images. It outlives checkouts."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("VERBATIM_IMAGES_DIR") or cache / "verbatim-images").absolute()


def program(name: str) -> Path:
    return folder() / "programs" / name


def variables() -> Mapping[str, str]:
    """With these in the environment `docker compose` is ours, and runs on the stand-ins."""
    return {"DOCKER_CONFIG": str(folder() / "docker-config"), "COMPOSE_FILE": COMPOSE_FILES}
