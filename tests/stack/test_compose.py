"""docker-compose.yml as far as it can be checked without Docker. test_processes.py starts its commands."""

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.stack.compose import ROOT, SECRETS, compose, dockerfile, filled, interpolated, variables

OURS = ("web", "relay", "projector", "webhooks", "migrate")
LASTING = tuple(name for name in compose()["services"] if name != "migrate")


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def test_the_file_meets_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]

    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_has_no_default_and_its_want_is_told(name: str) -> None:
    uses = [use for use in variables() if use.name == name]

    assert uses
    assert all(use.operator == ":?" and name in use.word for use in uses)
    assert re.search(rf"^{name}=$", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_every_variable_of_the_file_stands_in_the_example() -> None:
    offered = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert {use.name for use in variables()} - {"READ_MODEL_OPTIONS"} == offered


def test_nothing_starts_without_its_secrets() -> None:
    with pytest.raises(KeyError, match="Set SECRET_KEY"):
        interpolated({})


@pytest.mark.parametrize("name", ["web", "relay", "projector", "webhooks"])
def test_what_is_scaled_owns_neither_a_name_nor_a_port(name: str) -> None:
    assert not {"container_name", "ports", "hostname"} & service(name).keys()


def test_the_proxy_alone_is_reached_from_outside_and_only_from_this_host_unless_told() -> None:
    published = {name: one["ports"] for name, one in compose()["services"].items() if "ports" in one}

    assert list(published) == ["proxy"]
    assert all(port.startswith("${HTTP_BIND:-127.0.0.1}:") for port in published["proxy"])
    assert compose()["networks"]["back"]["internal"] is True
    assert {name for name, one in compose()["services"].items() if "front" in one["networks"]} == {"proxy", "web"}
    assert [name for name, one in compose()["services"].items() if "out" in one["networks"]] == ["webhooks"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_little(name: str) -> None:
    one = service(name)

    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "volumes" not in one


@pytest.mark.parametrize("target", ["site", "proxy"])
def test_an_image_ends_as_a_person_without_rights(target: str) -> None:
    users = [rest for word, rest in dockerfile(target) if word == "USER"]

    assert users
    assert users[-1] not in ("root", "0", "0:0")


@pytest.mark.parametrize("name", compose()["services"])
def test_every_service_is_limited_in_memory_processors_and_log(name: str) -> None:
    one = service(name)

    assert {"cpus", "memory", "pids"} == one["deploy"]["resources"]["limits"].keys()
    assert one["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_has_a_health_check_and_is_started_again(name: str) -> None:
    checked_by_its_image = name == "proxy" and any(word == "HEALTHCHECK" for word, _ in dockerfile("proxy"))

    assert "healthcheck" in service(name) or checked_by_its_image
    assert service(name)["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", compose()["services"])
def test_a_service_waits_for_what_it_needs_to_be_healthy_or_done(name: str) -> None:
    for needed, how in service(name).get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed == "migrate" else "service_healthy"
        assert how == {"condition": wanted}


@pytest.mark.parametrize("name", compose()["services"])
def test_the_shell_scripts_in_it_are_shell_scripts(name: str) -> None:
    one = filled()["services"][name]
    scripts = [one["command"][0]] if one.get("entrypoint", [""])[0] == "bash" else []
    kind, *check = one.get("healthcheck", {}).get("test", [""])
    scripts += check if kind == "CMD-SHELL" else []

    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)


def test_commands_and_pages_do_not_wait_for_kafka() -> None:
    assert "kafka" not in service("web")["depends_on"]


def test_what_must_last_is_in_a_named_volume() -> None:
    kept = {name: [one.split(":")[0] for one in service(name)["volumes"]] for name in ("mongo", "kafka", "mssql")}

    assert all(set(volumes) & compose()["volumes"].keys() for volumes in kept.values())


def test_the_requirements_are_installed_by_hash_and_as_wheels_only() -> None:
    installs = [
        rest for target in ("wheels", "site") for word, rest in dockerfile(target) if word == "RUN" and "pip" in rest
    ]

    assert installs
    assert all("--require-hashes" in one and "--only-binary :all:" in one for one in installs)


def test_no_package_repository_of_a_vendor_is_added() -> None:
    text = (ROOT / "Dockerfile").read_text()

    assert not re.search(r"https?://(?!127\.0\.0\.1)|sources\.list|apt-key|gpg", text)
