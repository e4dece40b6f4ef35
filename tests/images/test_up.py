"""What `docker compose up -d --build --wait` brings up: the order, the health, what each container may not do."""

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.stack.compose import compose, filled
from tools.images.docker import call, docker
from tools.images.site import Site

OURS = ("web", "relay", "projector", "webhooks")
SIZES = {"M": 2**20, "G": 2**30}
BACK = ("mongo:27017", "kafka:9092")
REACHES = """\
import socket, sys
host, port = sys.argv[1].split(":")
socket.create_connection((host, int(port)), 3).close()
"""


@pytest.fixture(scope="module")
def containers(site: Site) -> Mapping[str, dict[str, Any]]:
    """By service, the one container of each, also that which is done."""
    return {site.service_of(one): one for one in site.inspected()}


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(re.sub(r"\.\d+Z$", "+00:00", text))


def test_every_service_is_there_and_healthy_or_done(containers: Mapping[str, dict[str, Any]]) -> None:
    states = {name: one["State"] for name, one in containers.items()}

    assert states.keys() == compose()["services"].keys()
    assert {name for name, state in states.items() if not state["Running"]} == {"migrate"}
    assert states["migrate"]["ExitCode"] == 0
    assert {state["Health"]["Status"] for state in states.values() if state["Running"]} == {"healthy"}


def test_nobody_started_before_what_they_wait_for_was_ready(containers: Mapping[str, dict[str, Any]]) -> None:
    for name, service in compose()["services"].items():
        started = moment(containers[name]["State"]["StartedAt"])
        for needed in service.get("depends_on", {}):
            state = containers[needed]["State"]
            ready = moment(state["FinishedAt"] if needed == "migrate" else state["StartedAt"])
            assert ready <= started, f"{name} started before {needed}"


def test_nothing_has_been_started_again(containers: Mapping[str, dict[str, Any]]) -> None:
    assert {name: one["RestartCount"] for name, one in containers.items() if one["RestartCount"]} == {}


@pytest.mark.parametrize("name", [*OURS, "proxy"])
def test_processes_are_nobody_in_particular_and_have_no_rights(site: Site, name: str) -> None:
    status = site.execute(name, "cat", "/proc/1/status", "/proc/self/status")

    assert "Uid:\t0" not in status
    assert set(re.findall(r"^Cap(?:Eff|Prm|Bnd):\t(\w+)$", status, re.MULTILINE)) == {"0" * 16}
    assert set(re.findall(r"^NoNewPrivs:\t(\d)$", status, re.MULTILINE)) == {"1"}


@pytest.mark.parametrize("name", [*OURS, "proxy"])
def test_their_file_system_cannot_be_written_to(site: Site, name: str) -> None:
    place = "/etc/caddy/x" if name == "proxy" else "/app/x"
    done = call("exec", site.containers(name)[0], "sh", "-c", f"echo > {place}")

    assert done.returncode != 0
    assert "Read-only file system" in done.stderr + done.stdout


def test_limits_are_in_force(containers: Mapping[str, dict[str, Any]]) -> None:
    for name, service in compose()["services"].items():
        limits, host = service["deploy"]["resources"]["limits"], containers[name]["HostConfig"]
        assert host["Memory"] == int(limits["memory"][:-1]) * SIZES[limits["memory"][-1]]
        assert host["NanoCpus"] == float(limits["cpus"]) * 1e9
        assert host["PidsLimit"] == limits["pids"]


def test_the_proxy_alone_is_published_and_on_loopback(containers: Mapping[str, dict[str, Any]]) -> None:
    published = {
        name: [one["HostIp"] for bindings in ports.values() if bindings for one in bindings]
        for name, container in containers.items()
        if any((ports := container["NetworkSettings"]["Ports"]).values())
    }

    assert published == {"proxy": ["127.0.0.1", "127.0.0.1"]}


def reaches(site: Site, service: str, address: str) -> bool:
    """Whether a connection can be opened from the service's container."""
    return call("exec", site.containers(service)[0], "python", "-c", REACHES, address).returncode == 0


def test_each_reaches_what_it_needs_and_nothing_else(site: Site, containers: Mapping[str, dict[str, Any]]) -> None:
    [front] = [
        network["IPAddress"]
        for name, network in containers["proxy"]["NetworkSettings"]["Networks"].items()
        if name.endswith("_front")
    ]

    assert {name for name in OURS if all(reaches(site, name, address) for address in BACK)} == {*OURS}
    # By its address: what isn't on a network with it doesn't even learn its name.
    assert {name for name in OURS if reaches(site, name, f"{front}:8443")} == {"web"}
    proxy = site.containers("proxy")[0]
    for address in ("mongo:27017", "kafka:9092"):
        done = call("exec", proxy, "wget", "-q", "-T", "3", "-O", "-", f"http://{address}/")
        assert "bad address" in done.stderr
    [internal] = json.loads(docker("network", "inspect", f"{site.name}_back"))
    assert internal["Internal"] is True


def test_each_container_knows_only_the_secrets_that_it_needs_and_shows_them_nowhere_else(
    site: Site, containers: Mapping[str, dict[str, Any]]
) -> None:
    secrets = site.secrets()
    for name, container in containers.items():
        environment = container["Config"].pop("Env")
        known = {one for one, value in secrets.items() if any(value in line for line in environment)}
        given = filled()["services"][name].get("environment", {})
        assert known <= {one for one in secrets if any(one.lower() in str(value) for value in given.values())}, name
        assert not any(value in json.dumps(container) for value in secrets.values()), name
    assert not any(value in site.logs() for value in secrets.values())


def test_the_override_changes_only_what_it_names(site: Site) -> None:
    def config(*files: str) -> Any:
        words = [word for file in files for word in ("-f", file)]
        words += ["config", "--format", "json"]
        return json.loads(docker("compose", *words, cwd=site.folder, environment=site.environment))

    plain, changed = config("docker-compose.yml"), config("docker-compose.yml", "docker/stand-ins.override.yml")
    different = {
        f"{name}.{key}"
        for name, service in plain["services"].items()
        for key in service.keys() | changed["services"][name].keys()
        if service.get(key) != changed["services"][name].get(key)
    }

    ours = ("web", "relay", "projector", "webhooks", "migrate")
    assert different == {
        "proxy.build",
        *(f"{name}.{key}" for name in ours for key in ("build", "environment", "volumes")),
        "mongo.healthcheck",
        *(f"mssql.{key}" for key in ("image", "command", "init", "healthcheck")),
    }
    assert [plain[key] == changed[key] for key in ("networks", "volumes")] == [True, True]
