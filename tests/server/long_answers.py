"""The site with an address more, whose answer is longer than what a system buffers for a connection."""

from flask import Response

from tests.server.served import LONG_BYTES
from webapp.wsgi import app

_BODY = bytes(range(256)) * (LONG_BYTES // 256)


@app.get("/long")
def long() -> Response:
    return Response(_BODY, mimetype="application/octet-stream")
