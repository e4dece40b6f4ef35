"""Refuses what no browser sends for our pages: broken UTF-8, a field that comes twice."""

from urllib.parse import unquote_to_bytes

from flask import Flask, request
from werkzeug.exceptions import BadRequest

from domain.errors import Sentence

FORM = "application/x-www-form-urlencoded"
ADDRESS = Sentence("The address holds bytes that are no text (not valid UTF-8). Nothing was saved.")
TWICE = Sentence("The form has the field “%(name)s” more than once. Nothing was saved.")
WHOLE_FORM = Sentence("The form holds bytes that are no text (not valid UTF-8). Nothing was saved.")


def start(app: Flask) -> None:
    app.before_request(_check)


def _check() -> None:
    if b"%" in request.query_string:
        _utf8(request.query_string, ADDRESS)
    if request.method == "POST":
        if request.mimetype == FORM:
            _utf8(request.get_data(), WHOLE_FORM)
        _once()


def _utf8(raw: bytes, sentence: Sentence) -> None:
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise BadRequest(sentence) from error


def _once() -> None:
    for name, values in request.form.lists():
        if len(values) > 1:
            raise BadRequest(Sentence(TWICE, name=name[:40]))
