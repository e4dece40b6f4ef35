"""docker-compose.yml and the Dockerfile, read as Docker would read them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
SECRETS = (
    "SECRET_KEY",
    "MONGO_ROOT_PASSWORD",
    "MONGO_PASSWORD",
    "MONGO_REPLICA_KEY",
    "MSSQL_SA_PASSWORD",
    "MSSQL_PASSWORD",
)
"""Variables without a default, which bin/secrets fills in."""
# $$ is a dollar; ${NAME}, ${NAME:-default}, ${NAME:?complaint}.
_VARIABLE = re.compile(r"\$(?:(\$)|\{([A-Z_]+)(?:(:-|:\?)([^}]*))?\})")


@dataclass(frozen=True)
class Use:
    name: str
    operator: str
    word: str


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def variables() -> list[Use]:
    text = "\n".join(
        line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if not line.lstrip().startswith("#")
    )
    return [Use(name, operator, word) for dollar, name, operator, word in _VARIABLE.findall(text) if not dollar]


def interpolated(environ: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables filled in. Raises KeyError, with the complaint, for a missing one without default."""
    found: dict[str, Any] = _filled(compose(), environ)
    return found


def filled() -> dict[str, Any]:
    """With some value for each variable that has none."""
    return interpolated({use.name: f"{use.name.lower()}-of-a-test" for use in variables() if use.operator == ":?"})


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _filled(one, environ) for key, one in value.items()}
        case list():
            return [_filled(one, environ) for one in value]
        case str():
            return _VARIABLE.sub(lambda found: _value(found, environ), value)
    return value


def _value(found: re.Match[str], environ: Mapping[str, str]) -> str:
    dollar, name, operator, word = found.groups()
    if dollar:
        return "$"
    if environ.get(name):
        return environ[name]
    if operator == ":?":
        raise KeyError(word)
    return word or ""


@cache
def dockerfile(target: str) -> list[tuple[str, str]]:
    """The instructions of one stage, each as its word and the rest."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    stages: dict[str, list[tuple[str, str]]] = {}
    stage: list[tuple[str, str]] = []
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stage = stages.setdefault(rest.partition(" AS ")[2], [])
        stage.append((word, rest.strip()))
    return stages[target]
