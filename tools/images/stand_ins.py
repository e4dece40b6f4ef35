"""The stand-ins: images under the names that docker-compose.yml and our Dockerfile ask for, of what can be had here.

Each carries a digest of all that it was made of, and is made again only when that changes.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import msgspec

from tools.services import ferretdb, kafka, postgres
from tools.services.programs import Program
from tools.services.settings import ServiceSettings, read_settings

from . import root_folders
from .caddy import caddy
from .docker import docker, label
from .settings import STAND_INS, ImagesError, program

LABEL = "verbatim.stand-in"
PYTHON, CADDY, KAFKA, MONGO = "python:3.13-slim-bookworm", "caddy:2.11-alpine", "apache/kafka:4.1.1", "mongo:8.0"
IMAGES = (PYTHON, CADDY, KAFKA, MONGO)
POSTGRES = "verbatim-stand-in/postgres"


class StandIn(msgspec.Struct, frozen=True, kw_only=True):
    """An image to be built.

    dockerfile: one of docker/stand-ins; files: what is beside it in the context; programs: name in the context → what
    is installed first and copied from; base: the stand-in that it starts from.
    """

    image: str
    dockerfile: str
    base: str
    files: Sequence[Path] = ()
    programs: Sequence[tuple[str, Program, str]] = ()


def ensure_all() -> None:
    """Makes what is missing. Raises ImagesError where an image by one of these names is somebody else's."""
    for image in IMAGES:
        if label(image, LABEL) == "":
            raise ImagesError(f"{image} is here already and is no stand-in: use docker-compose.yml as it is.")
    settings = read_settings()
    kafka_jars = Program(program("kafka"), f"{kafka.VERSION} log4j {kafka.LOG4J} tools", _copy_jars)
    chains: list[Callable[[], None]] = [
        partial(_ensure_root, PYTHON, root_folders.python()),
        partial(_ensure_root, POSTGRES, root_folders.postgres(settings)),
        kafka_jars.install,
        caddy().install,
        _ferretdb(settings).install,
    ]
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(one) for one in chains]:
            done.result()
    for one in stand_ins(settings, kafka_jars):
        _ensure(one)


def stand_ins(settings: ServiceSettings, kafka_jars: Program) -> Sequence[StandIn]:
    """In the order in which they can be built."""
    return (
        StandIn(
            image=CADDY,
            dockerfile="caddy.Dockerfile",
            base=PYTHON,
            files=(STAND_INS / "adduser",),
            programs=(("caddy", caddy(), "caddy"),),
        ),
        StandIn(
            image=KAFKA,
            dockerfile="kafka.Dockerfile",
            base=PYTHON,
            files=(STAND_INS / "kafka-run", STAND_INS / "kafka-broker-api-versions.sh"),
            programs=(("jars", kafka_jars, "jars"),),
        ),
        StandIn(
            image=MONGO,
            dockerfile="mongo.Dockerfile",
            base=POSTGRES,
            files=(STAND_INS / "mongo-entrypoint.sh", postgres.CONFIGURATION),
            programs=(("ferretdb", _ferretdb(settings), "ferretdb"),),
        ),
    )


def _copy_jars(place: Path) -> None:
    kafka.copy_jars(place, "kafka-tools")


def _ferretdb(settings: ServiceSettings) -> Program:
    return ferretdb.daemon(settings).program


def _ensure_root(image: str, root: root_folders.RootFolder) -> None:
    """An image out of a folder with a whole system in it."""
    root.program.install()
    wanted = _digest([root.program.version.encode(), repr(root.changes).encode(), *root.copies()])
    if label(image, LABEL) != wanted:
        root_folders.import_image(image, root, [f"LABEL {LABEL}={wanted}", *root.changes])


def _ensure(one: StandIn) -> None:
    parts = [STAND_INS / one.dockerfile, *one.files]
    versions = [made.version.encode() for _, made, _ in one.programs]
    base = label(one.base, LABEL) or ""
    wanted = _digest([base.encode(), *(path.read_bytes() for path in parts), *versions])
    if label(one.image, LABEL) == wanted:
        return
    with tempfile.TemporaryDirectory(prefix="verbatim-image-") as context:
        for path in parts:
            shutil.copy(path, context)
        for name, made, source in one.programs:
            _copy(made.folder / source, Path(context) / name)
        # Containers of a build see the network as this machine does: a bridge may not reach any package host.
        docker("build", "--network=host", "--force-rm", f"--label={LABEL}={wanted}", f"--tag={one.image}",
               f"--file={context}/{one.dockerfile}", context)  # fmt: skip


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=os.link)
    else:
        shutil.copy(source, target)


def _digest(parts: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
