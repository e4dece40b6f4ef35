"""Where calls may go, and that they go nowhere else: addresses in every spelling, names, certificates.

receiver.test.pem is a certificate and its key for tests alone: `openssl req -x509 -newkey ec …`, for receiver.test.
"""

import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webhooks.conftest import Hooked, Receiver
from webhooks.addresses import check, looked_up, may_call
from webhooks.calling import Caller
from webhooks.refusals import NotCalled

PEM = Path(__file__).parent / "receiver.test.pem"
FORBIDDEN = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1",
    "255.255.255.255", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:224.0.0.1", "::127.0.0.1", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001::1", "100::1",
]  # fmt: skip
ALLOWED = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
SPELLINGS = [
    "http://127.0.0.1:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0x7f.1:{port}/",
    "http://017700000001:{port}/", "http://127.1:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/",
    "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://0:{port}/",
    "http://0.0.0.0:{port}/", "http://[::]:{port}/",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_on_the_internet(address: str):
    assert not may_call(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_an_address_that_is(address: str):
    assert may_call(address)


@pytest.mark.parametrize("address", ["224.0.0.1", "0.0.0.0", "::", "ff02::1", "::ffff:0.0.0.0"])
def test_some_are_never_called_even_where_private_ones_are(address: str):
    assert not may_call(address, private=True)
    assert may_call("127.0.0.1", private=True)


@pytest.mark.parametrize("url", SPELLINGS)
def test_this_machine_is_not_called_however_it_is_spelled(receiver: Receiver, url: str):
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    with pytest.raises(NotCalled, match=r"may not be called|has no address"):
        Caller().post(url.format(port=port), {}, b"{}")
    assert receiver.got == []


def test_refused_by_default_it_is_told_to_the_owner(site: Hooked, receiver: Receiver):
    site.deliverer = site.new_deliverer(Caller())
    hook = site.hook(receiver.url)
    site.publish()
    site.settle()
    (failed,) = site.queue(hook)
    assert (failed.state, failed.attempts, receiver.got) == ("waiting", 1, [])
    assert "isn't on the internet and may not be called" in failed.answer


Names = Callable[[str, list[list[str]]], list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """names(host, answers) has the name resolved to these addresses, each answer once; gives the list of questions."""
    known: dict[str, list[list[str]]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host not in known:
            return real(host, port, *more, **named)
        asked.append(host)
        found = known[host].pop(0)
        return [entry for address in found for entry in real(address, port, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    def names(host: str, answers: list[list[str]]) -> list[str]:
        known[host] = answers
        return asked

    return names


def test_a_name_that_leads_inside_is_refused_even_where_it_also_leads_outside(names: Names):
    names("rebind.test", [["93.184.216.34", "10.1.2.3"], ["::ffff:169.254.169.254"]])
    for _ in range(2):
        with pytest.raises(NotCalled, match=r"rebind\.test leads to"):
            check("rebind.test", looked_up("rebind.test"), private=False)


def test_a_name_is_asked_for_once_and_the_address_that_was_checked_is_called(names: Names, receiver: Receiver):
    """A second answer would raise here, or lead elsewhere in the wild."""
    asked = names("rebind.test", [["127.0.0.1"]])
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    answer = Caller(private=True).post(f"http://rebind.test:{port}/hook", {}, b"{}")
    assert (answer.status, asked) == (204, ["rebind.test"])
    assert receiver.got[0].headers["Host"] == f"rebind.test:{port}"


def test_the_next_address_is_tried_where_the_first_takes_no_connection(names: Names, receiver: Receiver):
    names("two.test", [["::1", "127.0.0.1"]])
    port = receiver.url.rpartition(":")[2].partition("/")[0]
    assert Caller(private=True).post(f"http://two.test:{port}/", {}, b"").status == 204


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".test", "..", "xn--"])
def test_a_name_without_an_address_is_a_sentence(host: str):
    with pytest.raises(NotCalled, match="has no address"):
        looked_up(host)


@pytest.fixture
def secured() -> Iterator[int]:
    """The port of an https server that is receiver.test."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that doesn't trust it hangs up."""

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_https_checks_the_name_although_it_calls_an_address(names: Names, secured: int):
    names("receiver.test", [["127.0.0.1"]] * 2)
    names("other.test", [["127.0.0.1"]])
    trusting = Caller(private=True, trust=ssl.create_default_context(cafile=str(PEM)))
    assert trusting.post(f"https://receiver.test:{secured}/", {}, b"{}").status == 200
    with pytest.raises(NotCalled, match="certificate can't be trusted: Hostname mismatch"):
        trusting.post(f"https://other.test:{secured}/", {}, b"{}")
    with pytest.raises(NotCalled, match="certificate can't be trusted: self"):
        Caller(private=True).post(f"https://receiver.test:{secured}/", {}, b"{}")


def test_a_receiver_that_never_shakes_hands_is_cut_off():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotCalled, match="within"):
            Caller(private=True, timeout_s=0.3).post(f"https://127.0.0.1:{port}/", {}, b"{}")


def test_http_to_a_port_that_speaks_tls_and_the_other_way_round_is_a_sentence(receiver: Receiver):
    with pytest.raises(NotCalled, match="No TLS connection"):
        Caller(private=True).post(receiver.url.replace("http:", "https:"), {}, b"{}")
