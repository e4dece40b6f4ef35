"""The first answer again for calls that change a queue and no stream, such as a replay: the bus doesn't see them."""

import msgspec

from domain.bus import REUSED
from domain.errors import KeyReused
from operational import kept_answers
from webapp.site import database

from .operations import Call, Headers, Operation, Reply


class _Kept(msgspec.Struct):
    headers: Headers
    body: msgspec.Raw


_DECODER = msgspec.json.Decoder(_Kept)


def reply(operation: Operation, call: Call) -> Reply:
    """The handler's, or the first answer to this Idempotency-Key. Raises KeyReused where it came with another call."""
    if call.key is None:
        return _of(operation, call)
    control, handle, said = database.control(), call.caller.handle, _said(operation, call)
    if (earlier := kept_answers.find(control, handle, call.key)) is None:
        made = _of(operation, call)
        answer = msgspec.json.encode({"headers": made.headers, "body": made.body}).decode()
        kept_answers.note(control, handle, call.key, said, answer)
        earlier = kept_answers.find(control, handle, call.key) or (said, answer)
    if earlier[0] != said:
        raise KeyReused(REUSED)
    kept = _DECODER.decode(earlier[1])
    return Reply(kept.body, kept.headers)


def _of(operation: Operation, call: Call) -> Reply:
    made = operation.handler(call)
    if not isinstance(made, Reply):
        raise TypeError(f"{operation.name} doesn't answer with a Reply")
    return made


def _said(operation: Operation, call: Call) -> str:
    return " ".join((operation.name, *call.ids.values()))
