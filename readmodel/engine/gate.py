"""The gate of a generation: it is shut while another one takes its place, and nobody can commit to it any more.

Whoever takes a partition passes it, which takes its row's lock; so does whoever shuts it. So neither slips past the
other, on either database. See docs/decisions/0038.
"""

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, bindparam, select, update

from readmodel.engine.schema import key, metadata

gate = Table(
    "gate",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("passed", BigInteger, nullable=False),
    Column("shut_by", key(36)),
)
"""One row, id 1, made when it is first needed. shut_by: the token of the lease for which it is shut."""


def passed(connection: Connection, token: str | None = None) -> bool:
    """Whether the gate is open, or shut by this token; it can't be shut before the caller's transaction ends."""
    if connection.execute(_PASS, {"mine": token}).rowcount:
        return True
    if _stands(connection):
        return False
    connection.execute(gate.insert().values(id=1, passed=1, shut_by=None))
    return True


_PASS = (
    update(gate)
    .where(gate.c.shut_by.is_(None) | (gate.c.shut_by == bindparam("mine", type_=key(36))))
    .values(passed=gate.c.passed + 1)
)


def shut(connection: Connection, token: str) -> None:
    """Shuts it for a lease's token, whoever else may have shut it: only one lease at a time is alive."""
    if connection.execute(update(gate).values(shut_by=token)).rowcount == 0:
        connection.execute(gate.insert().values(id=1, passed=0, shut_by=token))


def open_again(connection: Connection, token: str) -> bool:
    """Opens what this token shut. Gives whether it did."""
    return connection.execute(update(gate).where(gate.c.shut_by == token).values(shut_by=None)).rowcount > 0


def open_for_all(connection: Connection) -> None:
    """Opens it whoever shut it: for a generation that isn't live, or whose successor is gone."""
    connection.execute(update(gate).values(shut_by=None))


def shut_by(connection: Connection) -> str | None:
    """The token for which it is shut; None where it is open."""
    return connection.execute(select(gate.c.shut_by)).scalar_one_or_none()


def _stands(connection: Connection) -> bool:
    return connection.execute(select(gate.c.id)).scalar_one_or_none() is not None
