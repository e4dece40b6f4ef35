"""Parses a call: body, query parameters and headers. What can't be parsed is refused with a reason for each field."""

import codecs
import json
import re
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import request
from werkzeug.exceptions import ClientDisconnected

from domain.errors import Invalid
from webapp.api.schema.request_bodies import Request

from .errors import Malformed, TooSlow, VersionUnsaid, WrongMediaType
from .field_faults import fault, limit_faults
from .operations import Operation

MAX_IDEMPOTENCY_KEY_CHARS = 200
IDEMPOTENCY_KEY_PATTERN = "[!-~]([ -~]*[!-~])?"
"""Printable ASCII; blanks at the ends aren't part of a header."""
MAX_FAULTS = 20
"""Of one call that are told; more help nobody, and an answer isn't to be larger than its question."""
_NAMED_WAITS_S = {"none": -1.0, "shown": 5.0}
_IDEMPOTENCY_KEY = re.compile(rf"{IDEMPOTENCY_KEY_PATTERN}\Z")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"\Z')
_ESCAPED = re.compile(r'\\(["\\])')
_ETAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
"""Weak tags count as the strong ones that a proxy made them of."""
_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})(?:[-;:](?:gzip|br|zstd|deflate))?\Z")
"""What is compressed on the way may be marked so: Apache's "3-gzip"."""


class NoNumber(ValueError):
    """NaN or Infinity, which Python would read in JSON."""


def body(operation: Operation) -> Any:
    """The body in the operation's type. Raises Malformed, WrongMediaType or Invalid."""
    if operation.body is None:
        return None
    raw = _read_bytes().removeprefix(codecs.BOM_UTF8)
    if coding := request.headers.get("Content-Encoding"):
        raise WrongMediaType(f"Send the body as it is: the content coding {coding[:40]} isn't read here.")
    if not raw and not request.content_length:
        if not _needs_body(operation.body):
            return operation.body()
        raise Malformed("This needs a body, and none came.")
    _require_json()
    try:
        found = msgspec.json.decode(raw, type=operation.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _body_error(raw, operation.body, error) from error
    json.loads(raw, object_pairs_hook=_refuse_repeated_names)
    if faults := limit_faults(found):
        raise Invalid(faults)
    return found


def query(operation: Operation) -> Any:
    """The parameters of the address. Each comes once at most, and unknown ones are refused."""
    pairs = parse_qsl(request.query_string.decode(errors="replace"), keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        twice = next(name for name, _ in pairs if [known for known, _ in pairs].count(name) > 1)
        raise Malformed(f"The address has the parameter {twice[:40]} more than once.")
    try:
        found = msgspec.convert(given, operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(_field_errors(given, operation.query, strict=False)) from error
    # Text is read leniently as numbers, and so "null" as nothing, which a parameter can't be.
    named = {field.encode_name: field.name for field in msgspec.structs.fields(operation.query)}
    if nulls := [name for name in given if getattr(found, named[name]) is None]:
        raise Invalid(dict.fromkeys(nulls, "Leave it out instead."))
    return found


def idempotency_key() -> str | None:
    """The Idempotency-Key. In quotes, as draft-ietf-httpapi-idempotency-key-header writes it, it is the same key."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and (quoted := _QUOTED.match(given)):
        given = _ESCAPED.sub(r"\1", quoted[1])
    if given is not None and (len(given) > MAX_IDEMPOTENCY_KEY_CHARS or not _IDEMPOTENCY_KEY.match(given)):
        raise Malformed(f"Idempotency-Key must be 1 to {MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters.")
    return given


def seen(operation: Operation) -> tuple[int, ...] | None:
    """The versions that If-Match names, None for any. A tag that none of ours can be is no version."""
    given = request.headers.get("If-Match") if operation.conditional else None
    if given is None:
        if operation.edits:
            raise VersionUnsaid('Say which version you saw: If-Match: "3", as the ETag had it.')
        return None
    if given.strip() == "*":
        return None
    places = {place.strip(" \t") for place in _ETAG.sub("\0", given).split(",")}
    if not {"\0"} <= places <= {"\0", ""}:
        raise Malformed('If-Match must be a version in quotes, such as "3", several with commas, or *.')
    return tuple(int(found[1]) for found in map(_VERSION.match, _ETAG.findall(given)) if found)


def wait_s(wait: str | None) -> float | None:
    """Seconds to wait for the lists, -1 not even to look; None: as long as the site waits by itself."""
    if wait is None:
        return None
    if not wait.isprintable():
        raise Invalid({"wait": "Wait must be none, shown, or seconds from 0 to 5."})
    return _NAMED_WAITS_S[wait] if wait in _NAMED_WAITS_S else float(wait)


def _read_bytes() -> bytes:
    """All of it has come before a thread had the request (server/worker.py); else something was wrong with it."""
    try:
        return request.get_data(cache=False)
    except ClientDisconnected as error:
        if isinstance(error.__context__, ValueError):
            raise Malformed("The body's chunks are broken.") from error
        raise TooSlow("The body didn't come in time, or not whole. Nothing was stored.") from error


def _needs_body(kind: type[Request]) -> bool:
    return any(field.required for field in msgspec.structs.fields(kind))


def _require_json() -> None:
    """The body must say that it is JSON, and JSON is UTF-8 (RFC 8259)."""
    if request.mimetype != "application/json":
        raise WrongMediaType("Send the body as Content-Type: application/json.")
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise Malformed(f"JSON is UTF-8; this body says that it is {charset[:40]}.")


def _body_error(raw: bytes, kind: type[Request], error: Exception) -> Exception:
    """What is wrong with a body: with its JSON, or with every field that can't be taken."""
    try:
        found = json.loads(raw, object_pairs_hook=_refuse_repeated_names, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        return Malformed(f"The body isn't JSON that can be read: {_parse_message(fault)}")
    if isinstance(error, msgspec.ValidationError) or _has_lone_surrogate(found):
        return Invalid(_field_errors(found, kind, strict=True))
    return Malformed(f"The body isn't JSON that can be read: {_parse_message(error)}")


def _field_errors(given: Any, kind: type[Request], *, strict: bool) -> dict[str, str]:
    """Field → what is wrong with it, for all of them; "" for what isn't about one field."""
    if not isinstance(given, dict):
        return {"": "The body must be an object."}
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    unknown = islice((name for name in given if name not in known), MAX_FAULTS)
    wrong = {name[:80]: "There is no such field." for name in unknown}
    for name, field in known.items():
        if name not in given:
            if field.required:
                wrong[name] = f"{name} is missing."
        elif _has_lone_surrogate(given[name]):
            wrong[name] = "Has half of a character in it (a lone surrogate)."
        elif sentence := fault(name, given[name], field.type, strict=strict):
            wrong[name] = sentence
    wrong = wrong or {"": "Something in it can't be taken as it is."}
    return {_without_surrogates(name): sentence for name, sentence in wrong.items()}


def _has_lone_surrogate(value: Any) -> bool:
    """Whether any text in it holds half of a character."""
    text = _all_text(value)
    return _without_surrogates(text) != text


def _all_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(f"{name}{_all_text(inner)}" for name, inner in value.items())
    return "".join(map(_all_text, value)) if isinstance(value, list) else ""


def _without_surrogates(text: str) -> str:
    return text.encode(errors="replace").decode()


def _refuse_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("An object of the body has one name more than once.")
    return found


def _refuse_constant(name: str) -> Any:
    raise NoNumber(name)


def _parse_message(error: Exception) -> str:
    match error:
        case RecursionError():
            return "it is nested too deeply."
        case NoNumber():
            return f"{error} is no number of JSON."
        case UnicodeDecodeError():
            return "it isn't UTF-8."
        case json.JSONDecodeError():
            return f"it goes wrong at line {error.lineno:,}, column {error.colno:,}."
    return "a value in it can't be read, such as a number beyond all bounds."
