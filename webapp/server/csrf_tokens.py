"""CSRF tokens that look different in every answer, so that the size of compressed pages tells nothing of them (BREACH).

Flask-WTF's own tokens are the same for a second, and begin the same for as long as a session lasts.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, current_app, g, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError, generate_csrf, validate_csrf
from wtforms import ValidationError

from webapp.site import site

View = Callable[..., Any]


class MaskedCSRFProtect(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's protection, for tokens that are unmasked before it looks at them."""

    def __init__(self) -> None:
        super().__init__()
        self._exempted: set[View | Blueprint] = set()

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = masked_token
        app.context_processor(lambda: {"csrf_token": masked_token})

    def exempt(self, view: Any) -> Any:
        self._exempted.add(view)
        return super().exempt(view)

    def protect(self, apply_exemptions: bool = False) -> None:
        if request.method not in current_app.config["WTF_CSRF_METHODS"]:
            return
        if apply_exemptions and self._is_exempted():
            return
        try:
            token = _unmasked(request.form.get("csrf_token") or request.headers.get("X-CSRFToken", ""))
            validate_csrf(token, site.current().settings.accepted_keys)
        except ValidationError as error:
            raise CSRFError(error.args[0]) from error

    def _is_exempted(self) -> bool:
        view = current_app.view_functions.get(request.endpoint or "")
        blueprint = current_app.blueprints.get(request.blueprint or "")
        return view is None or view in self._exempted or blueprint in self._exempted


def masked_token() -> str:
    """The session's token, masked once an answer: a page has many forms, and repeats compress to nothing."""
    if "masked_csrf_token" not in g:
        token = generate_csrf().encode()
        mask = os.urandom(len(token))
        g.masked_csrf_token = urlsafe_b64encode(mask + _xor(mask, token)).decode().rstrip("=")
    masked: str = g.masked_csrf_token
    return masked


def _unmasked(masked: str) -> str:
    """What Flask-WTF made; "" for nothing. Raises ValidationError."""
    try:
        raw = urlsafe_b64decode(masked.encode("ascii") + b"=" * (-len(masked) % 4))
        half = len(raw) // 2
        return _xor(raw[:half], raw[half:]).decode("ascii")
    except ValueError as error:
        raise ValidationError("The CSRF token is invalid.") from error


def _xor(mask: bytes, text: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(mask, text, strict=True))
