"""Refuses requests that no browser sends for our pages: broken UTF-8, a form field that comes twice."""

from urllib.parse import unquote_to_bytes

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from domain.errors import Sentence

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
ADDRESS_NOT_UTF8 = Sentence("The address holds bytes that are no text (not valid UTF-8). Nothing was saved.")
REPEATED_FIELD = Sentence("The form has the field “%(name)s” more than once. Nothing was saved.")
FORM_NOT_UTF8 = Sentence("The form holds bytes that are no text (not valid UTF-8). Nothing was saved.")


def init_app(app: Flask) -> None:
    """Checks each request of the application."""
    app.before_request(_check)


def _check() -> None:
    if b"%" in request.query_string:
        _require_utf8(request.query_string, ADDRESS_NOT_UTF8)
    if request.method == "POST":
        if request.mimetype == FORM_MEDIA_TYPE:
            _require_utf8(request.get_data(), FORM_NOT_UTF8)
        _refuse_repeated_fields()


def _require_utf8(raw: bytes, sentence: Sentence) -> None:
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise BadRequest(sentence) from error


def _refuse_repeated_fields() -> None:
    for name, values in request.form.lists():
        if len(values) > 1:
            raise BadRequest(Sentence(REPEATED_FIELD, name=name[:40]))
