"""The manifests in kubernetes/, built by kustomize, against Kubernetes' own schemas, and beside docker-compose.yml."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.stack.compose import ROOT, compose
from tests.stack.installing import installed
from tools.services.programs import require_tool, run

OURS = ("web", "relay", "projector", "webhooks", "migrate")
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"
SCHEMAS = "kubernetes-validate==1.37.0"
VERSION = "1.34"
FOLDER = ROOT / "kubernetes"
# In a process of its own: what it brings along isn't what our own tools are locked to.
VALIDATE = """\
import json, sys
import kubernetes_validate
version, documents = json.load(sys.stdin)
found = []
for one in documents:
    try:
        kubernetes_validate.validate(one, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        found.append(str(error))
print(json.dumps(found))
"""


@cache
def written() -> dict[str, dict[str, Any]]:
    """The pods' owners as they are written, by name."""
    files = [path for path in FOLDER.glob("*.yaml") if path.stem in OURS]
    found = [one for path in files for one in yaml.safe_load_all(path.read_text())]
    return {one["metadata"]["name"]: one for one in found if one["kind"] in ("Deployment", "Job")}


def main(owner: dict[str, Any]) -> dict[str, Any]:
    [container] = owner["spec"]["template"]["spec"]["containers"]
    return dict(container)


def test_every_file_is_part_of_it() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    named = {*listed["resources"], *(one["path"] for one in listed["patches"]), "kustomization.yaml"}

    assert named == {path.name for path in FOLDER.iterdir()}
    assert written().keys() == {*OURS}


def test_the_same_commands_run_as_in_compose() -> None:
    assert {name: main(one)["args"] for name, one in written().items()} == {
        name: compose()["services"][name]["command"] for name in OURS
    }


@pytest.mark.parametrize("name", ["web", "relay", "projector", "webhooks"])
def test_the_same_health_is_asked_for_as_in_compose(name: str) -> None:
    kind, *check = compose()["services"][name]["healthcheck"]["test"]

    assert kind == "CMD"
    assert main(written()[name])["readinessProbe"]["exec"]["command"] == check


def test_there_are_two_relays_and_several_of_what_is_shared() -> None:
    replicas = {name: one["spec"].get("replicas") for name, one in written().items()}

    assert replicas == {"web": 2, "relay": 2, "projector": 3, "webhooks": 1, "migrate": None}
    assert written()["migrate"]["kind"] == "Job"


def test_no_secret_stands_in_it() -> None:
    data = yaml.safe_load((FOLDER / "settings.yaml").read_text())["data"]

    assert not [name for name in data if name.endswith(("KEY", "PASSWORD"))]


def _kustomize(folder: Path) -> None:
    go = require_tool("go", "golang-go", "kustomize is built by it")
    run([go, "install", KUSTOMIZE], log=folder / "install.log", GOBIN=str(folder))


def _schemas(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", f"--target={folder / 'lib'}", SCHEMAS]
    run(command, log=folder / "install.log")


@pytest.fixture(scope="module")
def built() -> list[dict[str, Any]]:
    folder = installed("kustomize", KUSTOMIZE, _kustomize)
    done = subprocess.run([folder / "kustomize", "build", FOLDER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [*yaml.safe_load_all(done.stdout)]


@pytest.mark.server
def test_every_pod_has_no_rights_and_keeps_nothing(built: list[dict[str, Any]]) -> None:
    owners = {one["metadata"]["name"]: one for one in built if one["kind"] in ("Deployment", "Job")}

    assert owners.keys() == {*OURS}
    for owner in owners.values():
        pod, container = owner["spec"]["template"]["spec"], main(owner)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} == container["resources"]["limits"].keys()
        assert pod["volumes"] == [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}]
        assert owner["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] == "verbatim"


@pytest.mark.server
def test_it_meets_the_schemas_of_kubernetes(built: list[dict[str, Any]]) -> None:
    folder = installed("kubernetes-schemas", SCHEMAS, _schemas)
    assert len(built) == 9

    broken = [*built, {**built[0], "metadata": 1}]
    assert [len(invalid(folder / "lib", documents)) for documents in (built, broken)] == [0, 1]


def invalid(library: Path, documents: list[dict[str, Any]]) -> list[str]:
    """What is wrong with each document that doesn't meet its schema."""
    done = subprocess.run(
        [sys.executable, "-c", VALIDATE], env={**os.environ, "PYTHONPATH": str(library)}, capture_output=True,
        text=True, check=True, input=json.dumps([VERSION, documents]),
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found
