"""What is in our images: all that the code imports and reads, nothing else of ours, and no secret."""

from pathlib import Path

import pytest

from tests.images import image
from tests.stack.compose import ROOT
from tools.images.docker import docker
from tools.images.site import Site

MAX_BYTES = 450 * 10**6
# What the images are made with, and not read later.
FOR_THE_BUILD = {"docker/Caddyfile", "requirements.txt", "requirements-server.txt"}


@pytest.fixture(scope="module")
def files(site: Site) -> frozenset[str]:
    assert site.containers("web")
    return image.files()


@pytest.fixture(scope="module")
def modules(files: frozenset[str]) -> dict[str, str]:
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in files if name.endswith(".py")}


def test_every_file_in_it_is_one_of_the_checkout(files: frozenset[str]) -> None:
    assert sorted(files - image.tracked()) == []


def test_it_has_whole_whatever_it_has_a_part_of(files: frozenset[str]) -> None:
    tops = {name.partition("/")[0] for name in files - FOR_THE_BUILD}

    assert sorted(name for name in image.tracked() if name.partition("/")[0] in tops and name not in files) == []


def test_it_has_what_its_code_imports(files: frozenset[str], modules: dict[str, str]) -> None:
    ours = {path.stem if path.is_file() else path.name for path in [*ROOT.glob("*.py"), *ROOT.glob("*/__init__.py")]}
    ours |= {path.parent.name for path in ROOT.glob("*/__init__.py")}
    there = {name.partition("/")[0].removesuffix(".py") for name in files}

    assert len(modules) > 200
    assert sorted((image.imported(modules) & ours) - there) == []


def test_it_has_what_its_code_reads(files: frozenset[str], modules: dict[str, str]) -> None:
    read = {name for name in image.read(modules) if any(one.partition("/")[0] == name for one in image.tracked())}

    assert {"templates", "static", "translations"} <= read
    assert sorted(name for name in read if not any(one.partition("/")[0] == name for one in files)) == []
    assert any(name.startswith("readmodel/migrations/") for name in files)


def test_it_has_nothing_of_ours_that_nothing_in_it_needs(files: frozenset[str], modules: dict[str, str]) -> None:
    started = {"cli", "projector", "webhooks", "server", "webapp"}
    needed = image.imported(modules) | image.read(modules) | started
    tops = {name.partition("/")[0].removesuffix(".py") for name in files - FOR_THE_BUILD}

    assert sorted(tops - needed) == []


def test_every_module_in_it_can_be_loaded(modules: dict[str, str]) -> None:
    programs = ("__main__", "gunicorn_conf", "readmodel/migrations", "wsgi", "/env.py")
    names = sorted(
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in modules
        if not any(one in name for one in programs)
    )
    script = f"import importlib\nfor name in {names!r}:\n    importlib.import_module(name)\nprint('all loaded')"

    assert image.run("python", "-c", script).strip() == "all loaded"


def test_it_is_no_larger_than_the_docs_say() -> None:
    sizes = {name: image.inspected(name)["Size"] for name in (image.SITE, image.PROXY)}
    print({name: f"{size / 1e6:.0f} MB" for name, size in sizes.items()})

    assert sizes[image.SITE] < MAX_BYTES


@pytest.mark.parametrize("name", [image.SITE, image.PROXY])
def test_no_secret_is_in_an_image(site: Site, name: str, tmp_path: Path) -> None:
    secrets = [value.encode() for value in site.secrets().values()]
    assert len(secrets) == 6

    found = [place for place, content in image.saved(name, tmp_path) if any(one in content for one in secrets)]
    said = docker("image", "inspect", name) + docker("history", "--no-trunc", name)

    assert found == []
    assert not any(one.decode() in said for one in secrets)
