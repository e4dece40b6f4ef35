"""The same idempotency key again gets the first answer again, also where no commit of the event store can give it.

A like of what one likes already stores no commit, so the store can't know the key: without this, a repeat that comes
after an unlike would like again.
"""

from collections.abc import Callable

import msgspec
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from domain import bus
from domain.commit import digest
from domain.errors import KeyReused
from domain.messages import Command, Envelope, Receipt
from operational import idempotency
from operational.idempotency import Answer

from . import database, site


class _Unchanged(msgspec.Struct):
    """What a receipt without a commit is made from."""

    stream: str
    version: int


def send(command: Command, envelope: Envelope) -> Receipt:
    """Sends it by the bus. Raises Refused, and KeyReused where its id came with something else before."""
    here, key = site.current(), envelope.command_id
    if key is None:
        return here.bus.send(command, envelope)
    requests = [digest(command, key) for key in reversed(here.settings.accepted_keys)]
    try:
        earlier = idempotency.find(database.control(), envelope.actor, key)
    except SQLAlchemyError:
        earlier = None  # Commands go on while the read model's database is away.
    if earlier is not None:
        return _receipt(_same(earlier, *requests))
    receipt = here.bus.send(command, envelope)
    if receipt.commit is None and not receipt.repeated:
        _keep(envelope.actor, key, requests[0], receipt)
    return receipt


def answer(account: str, key: str | None, request: str, make: Callable[[], str]) -> str:
    """For a call that the bus doesn't see, such as a replay. Raises KeyReused where the key came with another one."""
    if key is None:
        return make()
    control = database.control()
    earlier = idempotency.find(control, account, key)
    return _same(earlier or idempotency.keep(control, account, key, Answer(request, make())), request)


def _same(earlier: Answer, *requests: str) -> str:
    """requests: what the request comes to by each of the site's keys that counts."""
    if earlier.request not in requests:
        raise KeyReused(bus.REUSED)
    return earlier.answer


def _receipt(answer: str) -> Receipt:
    unchanged = msgspec.json.decode(answer, type=_Unchanged)
    return Receipt(stream=unchanged.stream, version=unchanged.version, repeated=True)


def _keep(actor: str, key: str, request: str, receipt: Receipt) -> None:
    made = msgspec.json.encode(_Unchanged(receipt.stream, receipt.version)).decode()
    try:
        idempotency.keep(database.control(), actor, key, Answer(request, made))
    except SQLAlchemyError as error:
        current_app.logger.warning("idempotency: the answer to a command that changed nothing wasn't kept: %s", error)
