"""Docker Compose, built from its sources: Debian's is version 1, and there is no other package of it.

`go install` refuses a module that replaces others, so a main module of our own asks for it.
"""

import shutil
from pathlib import Path

from tools.services.programs import Program, require_tool, run

from .settings import folder, program

PACKAGE = "github.com/docker/compose/v2/cmd"
VERSION = "v2.40.3"


def install() -> None:
    """Puts it where the docker command looks for plugins, by DOCKER_CONFIG."""
    built = Program(program("compose"), VERSION, _build)
    built.install()
    plugins = folder() / "docker-config" / "cli-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    plugin = plugins / "docker-compose"
    if not plugin.exists() or plugin.stat().st_size != (built.folder / "docker-compose").stat().st_size:
        shutil.copy(built.folder / "docker-compose", plugin)


def _build(place: Path) -> None:
    go = require_tool("go", "golang-go", "Docker Compose is built by it (version 1.24 or newer)")
    (place / "go.mod").write_text("module verbatim/compose\n\ngo 1.24\n")
    log = place / "build.log"
    run([go, "get", f"{PACKAGE}@{VERSION}"], log=log, cwd=place)
    version = f"-X github.com/docker/compose/v2/internal.Version={VERSION}"
    run([go, "build", "-ldflags", f"-s -w {version}", "-o", "docker-compose", PACKAGE], log=log, cwd=place)
