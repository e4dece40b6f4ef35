"""Hosts that are cut off: containers taken off their network, and packets between two of them dropped without a word.

Packets are dropped by rules in the container's own network, which vanish with it; a part of them where the kernel can
count by chance. `tc netem` would delay them too; not every kernel has it, and nothing here needs it.
"""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from tools.services.programs import require_tool

from .docker import docker
from .settings import ImagesError
from .site import Site, wait_for

TAKEOVER_TIMEOUT_S = 120.0
LEADER = """\
import bootstrap
lease = bootstrap.event_store().database["relay"].find_one({"_id": "leader"}) or {}
print(lease.get("holder"))
"""


@contextmanager
def off_network(site: Site, container: dict[str, Any], network: str = "back") -> Iterator[None]:
    """As if its cable were pulled; then it is back, under the name of its service."""
    name = f"{site.name}_{network}"
    docker("network", "disconnect", name, container["Id"])
    try:
        yield
    finally:
        docker("network", "connect", "--alias", site.service_of(container), name, container["Id"])


@contextmanager
def packets_dropped(container: dict[str, Any], peers: list[dict[str, Any]], share: float = 1.0) -> Iterator[None]:
    """Packets to and from these peers vanish, all of them or a share: nobody is told, connections stay open."""
    chance = [] if share >= 1 else ["-m", "statistic", "--mode", "random", "--probability", str(share)]
    rules = [
        [chain, side, address, *chance, "-j", "DROP"]
        for address in [one for peer in peers for one in addresses(peer)]
        for chain, side in (("INPUT", "-s"), ("OUTPUT", "-d"))
    ]
    for rule in rules:
        _in_network_of(container, "-I", *rule)
    try:
        yield
    finally:
        for rule in rules:
            _in_network_of(container, "-D", *rule)


def addresses(container: dict[str, Any]) -> list[str]:
    networks = container["NetworkSettings"]["Networks"].values()
    return [network["IPAddress"] for network in networks if network["IPAddress"]]


def leader(site: Site) -> dict[str, Any]:
    """The relay whose process holds the lease. Raises ImagesError where none of the containers does."""
    holder = site.execute("web", "python", "-m", "server.container_entrypoint", "python", "-c", LEADER).strip()
    for one in site.inspected("relay"):
        if holder.partition(":")[0] == one["Config"]["Hostname"]:
            return one
    raise ImagesError(f"{holder} leads, which is no container of the site's")


def wait_for_other_leader(site: Site, before: dict[str, Any]) -> None:
    wait_for("another leader", lambda: leader(site)["Id"] != before["Id"], TAKEOVER_TIMEOUT_S)


def _one(site: Site, service: str) -> dict[str, Any]:
    return site.inspected(service, stopped=False)[0]


def web_without_store(site: Site, seconds: float) -> None:
    with packets_dropped(_one(site, "web"), [_one(site, "mongo")]):
        time.sleep(seconds)


def service_off(service: str, site: Site, seconds: float) -> None:
    with off_network(site, _one(site, service)):
        time.sleep(seconds)


def leader_without_log(site: Site, seconds: float) -> None:
    """It leads, and nothing that it publishes arrives."""
    with packets_dropped(leader(site), [_one(site, "kafka")]):
        time.sleep(seconds)


def stale_leader(site: Site, seconds: float) -> None:
    """It can't reach the store, but Kafka: it must not publish on, once another leads."""
    deposed = leader(site)
    with packets_dropped(deposed, [_one(site, "mongo")]):
        wait_for_other_leader(site, deposed)
        time.sleep(seconds)


def leader_off(site: Site, seconds: float) -> None:
    """Off the network with all that it was about to publish."""
    deposed = leader(site)
    with off_network(site, deposed):
        wait_for_other_leader(site, deposed)
        time.sleep(seconds)


def lossy(service: str, users: Sequence[str], site: Site, seconds: float) -> None:
    """Every fourth packet between the service and those who use it is lost."""
    with packets_dropped(_one(site, service), site.inspected(*users, stopped=False), share=0.25):
        time.sleep(seconds)


CUTS: dict[str, Callable[[Site, float], None]] = {
    "web can't reach the store": web_without_store,
    "web is off the network": partial(service_off, "web"),
    "the store is off the network": partial(service_off, "mongo"),
    "Kafka is off the network": partial(service_off, "kafka"),
    "the leading relay can't reach Kafka": leader_without_log,
    "the leading relay can't reach the store": stale_leader,
    "the leading relay is off the network": leader_off,
    "a projector is off the network": partial(service_off, "projector"),
    "a quarter of the store's packets is lost": partial(lossy, "mongo", ("web", "relay", "projector", "webhooks")),
    "a quarter of Kafka's packets is lost": partial(lossy, "kafka", ("relay", "projector")),
}


def _in_network_of(container: dict[str, Any], *rule: str) -> None:
    iptables = require_tool("iptables", "iptables", "packets are dropped by it")
    command = ["nsenter", "--net", f"--target={container['State']['Pid']}", iptables, "--wait", *rule]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImagesError(f"{' '.join(command)}: {done.stderr.strip()}")
