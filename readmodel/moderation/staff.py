"""Who else is there to moderate, for appeals that another moderator has to judge."""

from sqlalchemy import Connection, bindparam, func, select

from readmodel.accounts import accounts
from readmodel.engine.model import ReadModel
from readmodel.engine.queries import Query
from readmodel.people import ACTIVE


class StaffBesides(Query, frozen=True, kw_only=True):
    """int: how many moderators and admins are active who aren't among these accounts, by id."""

    accounts: tuple[str, ...]
    now: str


_COUNT = (
    select(func.count())
    .select_from(accounts)
    .where(
        accounts.c.roles != "",
        *ACTIVE,
        accounts.c.id.not_in(bindparam("accounts", expanding=True)),
    )
)


def staff_besides(connection: Connection, query: StaffBesides) -> int:
    return int(connection.execute(_COUNT, {"accounts": list(query.accounts), "now": query.now}).scalar_one())


MODEL = ReadModel(tables=(), folds={}, answers={StaffBesides: staff_besides})
