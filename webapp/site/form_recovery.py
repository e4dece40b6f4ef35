"""Form recovery: what was typed comes back with the form when it could not be sent, and through the login page."""

import re

import msgspec
from flask import g, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from domain.moderation.decision import ACTS

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
        "words",
        "after",
        "ticket",
        "shown",
        "further",
        "seen",
        "seen_at",
        "cases",
        "case",
        "category",
        "rule",
        "rules_version",
        "term",
        "template",
        "points",
        "days",
        "outcome",
        "take_over",
        "target",
        *(f"act_{act}" for act in ACTS),
    }
)
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*\Z")
MAX_PACKED_CHARS = 900_000
"""Characters of a packed form; a longer one can't have come from our own page."""


class RecoveredForm(msgspec.Struct, frozen=True):
    """A form that was sent without a session. path: where it was sent; fields: what it held, without passwords."""

    path: str
    fields: dict[str, str]


def submitted_fields() -> dict[str, str]:
    """The fields of this request's form, or of the one that came through the login page, without passwords."""
    fields = g.get("recovered", request.form if request.method == "POST" else {})
    return {name: value for name, value in fields.items() if name not in _SECRET}


def typed_texts() -> dict[str, str]:
    """The typed texts that a person would miss, by field name."""
    return {name: value for name, value in submitted_fields().items() if name not in _HIDDEN and value.strip()}


def restore(fields: dict[str, str]) -> None:
    """Fills the forms of this request with these fields from here on."""
    g.recovered = MultiDict(fields)


def pack() -> str:
    """Packs this request's form as signed text, for a hidden field of the login form."""
    return str(_signer().dumps([request.path, submitted_fields()]))


def unpack(text: str) -> RecoveredForm | None:
    """The form that `pack` packed; None where the signature isn't ours."""
    if not text or len(text) > MAX_PACKED_CHARS:
        return None
    try:
        path, fields = _signer().loads(text)
    except (BadData, ValueError):
        return None
    return RecoveredForm(path, fields)


def local_path(path: str) -> str:
    """The path if it stays on this site, else the front page."""
    return path if _LOCAL.match(path) else "/"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(site.current().settings.accepted_keys, salt="kept")
