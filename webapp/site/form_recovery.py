"""Nothing typed is lost: what a form held goes along when its command could not be sent."""

import re

import msgspec
from flask import g, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from . import site

_SECRET = frozenset({"password", "current_password", "csrf_token"})
_HIDDEN = frozenset(
    {
        "command_id",
        "version",
        "kept",
        "next",
        "draft",
        "begun",
        "place",
        "back",
        "to",
        "until",
        "action",
        "role",
        "language",
    }
)
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*\Z")
LONGEST = 900_000
"""Characters of a packed form; a longer one can't have come from our own page."""


class Kept(msgspec.Struct, frozen=True):
    """path: where the form was sent; fields: what it held, without passwords."""

    path: str
    fields: dict[str, str]


def typed() -> dict[str, str]:
    """What this request's form holds, or what it brought along through the login page."""
    fields = g.get("kept", request.form if request.method == "POST" else {})
    return {name: value for name, value in fields.items() if name not in _SECRET}


def words() -> dict[str, str]:
    """The typed texts that a person would miss, by field name."""
    return {name: value for name, value in typed().items() if name not in _HIDDEN and value.strip()}


def put_back(fields: dict[str, str]) -> None:
    """From here on forms of this request are filled with these."""
    g.kept = MultiDict(fields)


def pack() -> str:
    """This request's form as text for a hidden field of the login form, signed."""
    return str(_signer().dumps([request.path, typed()]))


def unpack(text: str) -> Kept | None:
    """What `pack` made; None where it is nothing of ours."""
    if not text or len(text) > LONGEST:
        return None
    try:
        path, fields = _signer().loads(text)
    except (BadData, ValueError):
        return None
    return Kept(path, fields)


def local(path: str) -> str:
    """The path if it stays on this site, else the front page."""
    return path if _LOCAL.match(path) else "/"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(site.current().settings.secret_key, salt="kept")
