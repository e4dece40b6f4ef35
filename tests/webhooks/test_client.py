"""Where calls may go, and that they go nowhere else: addresses in every spelling, names, certificates, time limits.

receiver.test.pem is a certificate and its key for tests alone: `openssl req -x509 -newkey ec …`, for receiver.test.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from tests.projector.processes import eventually
from tests.webhooks.conftest import Receiver, respond
from webhooks import client
from webhooks.addresses import may_call
from webhooks.client import CallFailed, Client

PEM = Path(__file__).parent / "receiver.test.pem"
FORBIDDEN = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1",
    "255.255.255.255", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1",
    "3fff::1", "3fff:fff::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:224.0.0.1", "::127.0.0.1", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001::1", "100::1",
]  # fmt: skip
ALLOWED = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NEVER = ["224.0.0.1", "0.0.0.0", "::", "ff02::1", "::ffff:0.0.0.0"]
THIS_MACHINE = [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "localhost", "LOCALHOST.",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "[::]",
]  # fmt: skip


@pytest.mark.parametrize(
    ("addresses", "private", "allowed"),
    [(FORBIDDEN, False, False), (ALLOWED, False, True), (NEVER, True, False), (["127.0.0.1", *ALLOWED], True, True)],
)
def test_only_addresses_on_the_internet_may_be_called(addresses: list[str], private: bool, allowed: bool):
    assert [one for one in addresses if may_call(one, private=private) != allowed] == []


class Dns:
    """Answers for names in place of the system's resolver: each list of addresses once. Without one it keeps silent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.released = threading.Event()
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)

    def _resolve(self, host: Any, *rest: Any, **named: Any) -> Any:
        if host not in self.answers:
            return self._real(host, *rest, **named)
        self.asked.append(host)
        if not self.answers[host]:
            self.released.wait(30)
            return []
        return [entry for address in self.answers[host].pop(0) for entry in self._real(address, *rest, **named)]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dns]:
    dns = Dns(monkeypatch)
    yield dns
    dns.released.set()


@pytest.mark.parametrize("host", THIS_MACHINE)
def test_this_machine_is_not_called_however_it_is_spelled(receiver: Receiver, host: str):
    with pytest.raises(CallFailed, match=r"may not be called|has no address"):
        Client().post(f"http://{host}:{receiver.port}/", {}, b"{}")
    assert receiver.requests == []


def test_a_name_that_leads_inside_is_refused_even_where_it_also_leads_outside(dns: Dns, receiver: Receiver):
    dns.answers["rebind.test"] = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], ["::ffff:169.254.169.254"]]
    for _ in range(3):
        with pytest.raises(CallFailed, match=r"rebind\.test isn't on the internet and may not be called\.\Z"):
            Client().post(f"http://rebind.test:{receiver.port}/", {}, b"{}")
    assert receiver.requests == []


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_called(dns: Dns, receiver: Receiver):
    """A second look-up would find nobody here, or another address in the wild. The second address is tried as well."""
    dns.answers["rebind.test"] = [["::1", "127.0.0.1"]]
    response = Client(private=True).post(f"http://rebind.test:{receiver.port}/a?b=c", {"webhook-id": "1"}, b"{}")
    assert (response.status, dns.asked) == (204, ["rebind.test"])
    (request,) = receiver.requests
    assert (request.path, request.body, request.id) == ("/a?b=c", b"{}", "1")
    assert request.headers["Host"] == f"rebind.test:{receiver.port}"


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".test", "..", "xn--"])
def test_a_name_without_an_address_is_a_sentence(host: str):
    with pytest.raises(CallFailed, match="has no address"):
        Client().post(f"http://{host}/", {}, b"{}")


def test_https_checks_the_certificates_name_although_it_calls_an_address(dns: Dns):
    dns.answers = {"receiver.test": [["127.0.0.1"]] * 2, "other.test": [["127.0.0.1"]]}
    secured = Receiver(certificate=PEM)
    trusting = Client(private=True, trust=ssl.create_default_context(cafile=str(PEM)))
    assert trusting.post(f"https://receiver.test:{secured.port}/", {}, b"{}").status == 204
    with pytest.raises(CallFailed, match="certificate can't be trusted: Hostname mismatch"):
        trusting.post(f"https://other.test:{secured.port}/", {}, b"{}")
    with pytest.raises(CallFailed, match="certificate can't be trusted: self"):
        Client(private=True).post(f"https://receiver.test:{secured.port}/", {}, b"{}")
    assert len(secured.requests) == 1
    secured.close()


def test_no_answer_of_use_is_a_sentence(receiver: Receiver):
    receiver.responses = [lambda handler: handler.wfile.write(b"220 mail.example ESMTP\r\n\r\n")]
    with pytest.raises(CallFailed, match="The answer is no HTTP"):
        Client(private=True).post(receiver.url, {}, b"{}")
    with pytest.raises(CallFailed, match="No TLS connection"):
        Client(private=True).post(receiver.url.replace("http:", "https:"), {}, b"{}")


@pytest.mark.parametrize("kind", ["hang", "drip", "handshake", "look-up"])
def test_the_time_limit_is_for_the_whole_call(dns: Dns, receiver: Receiver, kind: str):
    dns.answers["silent.test"] = []
    receiver.responses = [receiver.drip if kind == "drip" else receiver.hang]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        handshake = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        url = {"handshake": handshake, "look-up": "http://silent.test/"}.get(kind, receiver.url)
        began = time.monotonic()
        with pytest.raises(CallFailed, match="in time: no name server" if kind == "look-up" else r"within 0\.4 s"):
            Client(private=True, timeout_s=0.4).post(url, {}, b"{}")
    assert time.monotonic() - began < 10


def test_silent_look_ups_are_bounded_and_hold_up_others_only_when_all_are_taken(
    dns: Dns, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(client, "MAX_LOOKUPS", 2)
    dns.answers = {f"silent-{number}.test": [] for number in range(3)}
    patient = Client(private=True, timeout_s=30)
    with ThreadPoolExecutor() as pool:
        pool.submit(patient.post, "http://silent-0.test/", {}, b"")
        eventually(lambda: len(dns.asked) == 1)
        assert patient.post(receiver.url, {}, b"").status == 204
        pool.submit(patient.post, "http://silent-1.test/", {}, b"")
        eventually(lambda: len(dns.asked) == 2)
        pool.submit(patient.post, "http://silent-2.test/", {}, b"")
        waiting = pool.submit(patient.post, receiver.url, {}, b"")
        assert wait([waiting], 0.2).done == set()
        assert dns.asked == ["silent-0.test", "silent-1.test"]
        dns.released.set()
        assert waiting.result().status == 204


def test_of_a_huge_response_little_is_read(receiver: Receiver):
    sent: list[int] = []

    def write(handler: Any) -> None:
        respond(200, Content_Length=str(1 << 30))(handler)
        for _ in range(1 << 14):
            handler.wfile.write(b"y" * (1 << 16))
            sent.append(1 << 16)

    receiver.responses = [write]
    response = Client(private=True).post(receiver.url, {}, b"{}")
    assert (response.status, response.text) == (200, "y" * client.MAX_BODY_BYTES)
    assert sum(sent) < 1 << 25
