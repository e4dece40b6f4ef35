"""The same command id again gets the first answer again, also where the first time nothing was to be changed.

A like of what one likes already stores no commit, so the store can't know the id: without this, a repeat that comes
after an unlike would like again.
"""

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from domain import bus
from domain.errors import KeyReused
from domain.messages import Command, Envelope, Receipt
from operational import unchanged
from operational.unchanged import Unchanged

from .site import database, site


def send(command: Command, envelope: Envelope) -> Receipt:
    """Sends it by the bus. Raises Refused, and KeyReused where its id came with something else before."""
    here = site.current()
    if envelope.command_id is None:
        return here.bus.send(command, envelope)
    control, said = database.control(), bus.digest(command, here.settings.secret_key)
    earlier = _earlier(envelope.actor, envelope.command_id)
    if earlier is not None:
        if earlier.digest != said:
            raise KeyReused(bus.REUSED)
        return Receipt(stream=earlier.stream, version=earlier.version, repeated=True)
    receipt = here.bus.send(command, envelope)
    if receipt.commit is None and not receipt.repeated:
        answer = Unchanged(digest=said, stream=receipt.stream, version=receipt.version)
        try:
            unchanged.note(control, envelope.actor, envelope.command_id, answer)
        except SQLAlchemyError as error:
            current_app.logger.warning("the answer to a command that changed nothing wasn't kept: %s", error)
    return receipt


def _earlier(actor: str, command_id: str) -> Unchanged | None:
    """None also while the read model's database is away: commands go on without it."""
    try:
        return unchanged.find(database.control(), actor, command_id)
    except SQLAlchemyError:
        return None
