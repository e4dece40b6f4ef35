"""What pages need beside themselves: files named by what is in them, and styles that come within the page.

A page that brings its styles paints after one round trip; a file whose address has its digest is asked for once.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import brotli
from flask import Flask, Response, abort, make_response, request
from flask_compress import Compress, DictCache
from markupsafe import Markup

from .cached_page import COMPRESSORS, best_encoding

STYLESHEET = "css/site.css"
STYLESHEET_PARTS = (
    "tokens", "elements", "inputs", "page", "masthead", "navigation", "footer", "buttons", "labels", "feed", "thread",
    "prose", "syntax", "forms", "notices", "shortcuts", "history", "profile", "privacy", "desk", "states", "print",
)  # fmt: skip
"""Files of static/css in the order in which the one stylesheet has them."""
_CSS_COMMENT = re.compile(rb"[ ]*/\*.*?\*/\n?", re.DOTALL)
SCRIPTS = "js/"
_LINE_COMMENT = re.compile(rb"^[ ]*//.*\n", re.MULTILINE)
"""A line of a script that is a comment and nothing else."""
INLINED = {"style": (STYLESHEET,), "script": ("js/loading.js", "js/theme.js", "js/times.js")}
"""Element → files that stand in every page: nothing is painted, and htmx doesn't begin, before them."""
IMMUTABLE_CACHE_CONTROL = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json",
    ".png": "image/png", ".ico": "image/x-icon",
}  # fmt: skip
BROTLI, BROTLI_FILES = 5, 11
"""Of 11. Pages are compressed each time, files once in a process."""


class Assets:
    """The files of one folder, read once: a new version of the site is a new process."""

    def __init__(self, folder: Path) -> None:
        found = (path for path in sorted(folder.rglob("*")) if path.suffix in TYPES)
        self._files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
        parts = (self._files.pop(f"css/{part}.css") for part in STYLESHEET_PARTS)
        self._files[STYLESHEET] = _CSS_COMMENT.sub(b"", b"".join(parts))
        self._files |= {
            name: _LINE_COMMENT.sub(b"", data) for name, data in self._files.items() if name.startswith(SCRIPTS)
        }
        self._digests = {name: hashlib.sha256(data).hexdigest()[:16] for name, data in self._files.items()}

    def url(self, name: str) -> str:
        """The address of a file, which names its content."""
        return f"/static/{name}?v={self._digests[name]}"

    def read(self, name: str) -> bytes:
        return self._files[name]

    def send(self, filename: str) -> Response:
        if filename not in self._files:
            abort(404)
        response = make_response(self._files[filename])
        response.mimetype = TYPES[Path(filename).suffix]
        is_this = request.args.get("v") == self._digests[filename]
        response.headers["Cache-Control"] = IMMUTABLE_CACHE_CONTROL if is_this else "no-cache"
        response.set_etag(self._digests[filename])
        response.make_conditional(request)
        return response

    @cached_property
    def inlined(self) -> Mapping[str, Markup]:
        """Element → its whole text."""
        return {element: Markup(f"<{element}>{self._text(names)}</{element}>") for element, names in INLINED.items()}

    def source(self, element: str) -> str:
        """The element's text as a Content-Security-Policy names it."""
        digest = hashlib.sha256(self._text(INLINED[element]).encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    def _text(self, names: tuple[str, ...]) -> str:
        return "".join(self._files[name].decode() for name in names)


class Compressed(DictCache):  # type: ignore[misc]
    """Files as small as they get."""

    def __init__(self, assets: Assets) -> None:
        super().__init__()
        self._assets = assets

    def get(self, key: str) -> bytes | None:
        found: bytes | None = super().get(key)
        algorithm, _, name = key.partition(";")
        if found is None and algorithm == "br":
            found = brotli.compress(self._assets.read(name), quality=BROTLI_FILES)
        return found


def _by_coding(app: Flask) -> dict[str, Compress]:
    """One for each coding: Flask-Compress itself would take one that the client forbids by q=0."""
    found = {coding: Compress() for coding in COMPRESSORS}
    for coding, compress in found.items():
        compress.init_app(app)
        compress.enabled_algorithms = (coding,)
    return found


def init_app(app: Flask) -> None:
    assets = Assets(Path(app.static_folder or ""))
    app.extensions["assets"] = assets
    app.view_functions["static"] = assets.send
    app.jinja_env.globals.update(asset=assets.url, inlined=assets.inlined)
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_STREAMS=False,
        COMPRESS_BR_LEVEL=BROTLI,
        COMPRESS_ALGORITHM=["br", "gzip"],
    )
    of_files, of_pages = _by_coding(app), _by_coding(app)
    for compress in of_files.values():
        compress.cache, compress.cache_key = Compressed(assets), lambda asked: asked.view_args["filename"]

    @app.after_request
    def compressed(response: Response) -> Response:
        """Files and whole pages. A part is compared by its ETag, which compression would change; a stream flows."""
        is_file = request.endpoint == "static"
        if not is_file and (response.mimetype != "text/html" or "ETag" in response.headers or response.is_streamed):
            return response
        coding = best_encoding(request.headers.get("Accept-Encoding", ""))
        if not coding:
            response.vary.add("Accept-Encoding")
            return response
        return (of_files if is_file else of_pages)[coding].after_request(response)
