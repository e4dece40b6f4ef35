"""Refuses what no browser sends for our pages: broken UTF-8, a field that comes twice."""

from urllib.parse import unquote_to_bytes

from flask import Flask, request
from werkzeug.exceptions import BadRequest

FORM = "application/x-www-form-urlencoded"


def start(app: Flask) -> None:
    app.before_request(_check)


def _check() -> None:
    if b"%" in request.query_string:
        _utf8(request.query_string, "The address")
    if request.method == "POST":
        if request.mimetype == FORM:
            _utf8(request.get_data(), "The form")
        _once()


def _utf8(raw: bytes, where: str) -> None:
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"{where} holds bytes that are no text (not valid UTF-8). Nothing was saved.") from error


def _once() -> None:
    for name, values in request.form.lists():
        if len(values) > 1:
            raise BadRequest(f"The form has the field “{name[:40]}” more than once. Nothing was saved.")
