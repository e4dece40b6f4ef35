"""A browser without JavaScript: pages, cookies, forms, and a connection that can be reset on purpose."""

import contextlib
import http.client
import socket
import ssl
import struct
from collections.abc import Mapping
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import msgspec

TIMEOUT_S = 15.0
_FORM = "application/x-www-form-urlencoded"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class NoAnswer(Exception):
    """The connection broke, or nothing came: nobody knows what the server did."""


class Form(msgspec.Struct, kw_only=True):
    """action is where it goes, fields are what it holds."""

    action: str
    fields: dict[str, str]

    @property
    def command_id(self) -> str:
        return self.fields["command_id"]

    def filled(self, **typed: str) -> "Form":
        return Form(action=self.action, fields=self.fields | typed)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. location is where it leads, "" for nowhere."""

    status: int
    html: str
    location: str

    def form(self, action: str) -> Form | None:
        """The form that is sent to this address, or None."""
        return next((form for form in forms(self.html) if form.action == action), None)


class Browser:
    """One person's browser: one connection, kept alive, and the cookies. certificates: whom it trusts, over TLS."""

    def __init__(
        self,
        port: int,
        host: str = "127.0.0.1",
        timeout_s: float = TIMEOUT_S,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._certificates = certificates
        self._cookies: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Page:
        return self._exchange("GET", path, None)

    def post(self, form: Form) -> Page:
        return self._exchange("POST", form.action, form.fields)

    def post_and_disconnect(self, form: Form) -> None:
        """Sends the whole form and resets the connection: the answer goes nowhere."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = self._send("POST", form.action, form.fields)
            if connection.sock is not None:
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.close()

    def twin(self) -> "Browser":
        """Another window of the same person."""
        other = Browser(self._port, self._host, self._timeout_s, self._certificates)
        other._cookies = self._cookies
        return other

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, method: str, path: str, fields: Mapping[str, str] | None) -> Page:
        try:
            response = self._send(method, path, fields).getresponse()
            html = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(f"{method} {path}: {error!r}") from error
        self._store_cookies(response)
        return Page(status=response.status, html=html, location=response.getheader("Location", ""))

    def _send(self, method: str, path: str, fields: Mapping[str, str] | None) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = self._connect()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = ({"Cookie": cookies} if cookies else {}) | ({} if fields is None else {"Content-Type": _FORM})
        body = None if fields is None else urlencode(fields)
        self._connection.request(method, path.partition("#")[0], body=body, headers=headers)
        return self._connection

    def _connect(self) -> http.client.HTTPConnection:
        if self._certificates is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=self._certificates)

    def _store_cookies(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie", ()):
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value


class _Forms(HTMLParser):
    """Collects the POST forms of a page, with what their fields hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Form] = []
        self._open: Form | None = None
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._open = Form(action=given.get("action", ""), fields={})
            self.found.append(self._open)
        elif self._open is not None and tag in ("input", "textarea") and given.get("name"):
            self._open.fields[given["name"]] = given.get("value", "")
            self._area = given["name"] if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._area:
            before = self._open.fields[self._area]
            self._open.fields[self._area] = before + (data if before else data.removeprefix("\r").removeprefix("\n"))


def forms(html: str) -> list[Form]:
    parser = _Forms()
    parser.feed(html)
    parser.close()
    return parser.found
