"""Caddy, built by Go: Debian's is years older than the image that our Dockerfile asks for."""

from pathlib import Path

from tools.services.programs import Program, require_tool, run

from .settings import program

MODULE = "github.com/caddyserver/caddy/v2/cmd/caddy"
VERSION = "v2.11.9"


def caddy() -> Program:
    return Program(program("caddy"), VERSION, _build)


def _build(place: Path) -> None:
    go = require_tool("go", "golang-go", "Caddy is built by it (version 1.25 or newer)")
    run([go, "install", f"{MODULE}@{VERSION}"], log=place / "install.log", GOBIN=str(place), CGO_ENABLED="0")
