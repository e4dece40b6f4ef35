"""The last use of each API token. No event, since it would be one for every call."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from domain.ids import now
from readmodel.engine.connections import Control, changing, looking

from .tables import token_uses


def record(control: Control, token: str) -> None:
    """Records that the token is used now."""
    used_at = now()
    with changing(control) as connection:
        mine = update(token_uses).where(token_uses.c.token == token)
        if connection.execute(mine.values(used_at=used_at)).rowcount:
            return
    try:
        with changing(control) as connection:
            connection.execute(token_uses.insert().values(token=token, used_at=used_at))
    except IntegrityError:
        return  # another call noted the same minute


def last_used_at(control: Control, tokens: Sequence[str]) -> dict[str, str]:
    """Token → moment of its last use; those never used are left out."""
    wanted = select(token_uses.c.token, token_uses.c.used_at).where(token_uses.c.token.in_(tokens))
    with looking(control) as connection:
        return {row.token: row.used_at for row in connection.execute(wanted)}
