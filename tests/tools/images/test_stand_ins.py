"""The stand-ins bear the names that are asked for, and the override names nothing that isn't there."""

import re

import yaml  # type: ignore[import-untyped]

from tests.stack.compose import ROOT, compose
from tools.images.stand_ins import CADDY, IMAGES, KAFKA, MONGO, PYTHON

OVERRIDE = ROOT / "docker" / "stand-ins.override.yml"


def test_they_bear_the_names_that_compose_and_our_dockerfile_ask_for() -> None:
    bases = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    pulled = {name: one["image"] for name, one in compose()["services"].items() if "build" not in one}

    assert bases == {PYTHON, CADDY}
    assert pulled == {"mongo": MONGO, "kafka": KAFKA, "mssql": "mcr.microsoft.com/mssql/server:2022-latest"}
    assert {*IMAGES} == {PYTHON, CADDY, KAFKA, MONGO}


def test_each_thing_that_the_override_changes_has_its_reason() -> None:
    lines = OVERRIDE.read_text().splitlines()
    leaves = [
        line
        for line in lines
        if re.match(r"\s*(\w+: [^*&]*[^:*]$|- )|x-build", line) and not line.lstrip().startswith("#")
    ]

    assert leaves
    for leaf in leaves:
        before = lines[: lines.index(leaf)]
        assert any(line.lstrip().startswith("#") for line in before[-3:]), leaf


def test_it_changes_services_that_there_are() -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!reset", lambda loader, node: None)
    changed = yaml.load(OVERRIDE.read_text(), Loader)["services"]  # noqa: S506

    assert changed.keys() <= compose()["services"].keys()


def test_no_address_of_a_package_host_stands_in_them() -> None:
    for path in [OVERRIDE, *(ROOT / "docker" / "stand-ins").iterdir()]:
        assert not re.search(r"https?://(?!127\.0\.0\.1)", path.read_text()), path
