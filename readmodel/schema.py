"""The column types of every read model, the same values on SQLite and on SQL Server.

SQL Server compares without case and without trailing blanks unless told otherwise, so every key column
asks for a binary collation; text that people see is NVARCHAR; a moment is the text of domain.ids.now,
kept as DATETIME2(6) where the server has it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, MetaData, String, TypeDecorator, Unicode, UnicodeText
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeEngine

metadata = MetaData()
"""The tables of one generation. They carry no schema: a generation's engine says where they are."""

_BINARY = "Latin1_General_100_BIN2"


def key(length: int) -> TypeEngine[str]:
    """Text that identifies: ids, handles, streams, tags. Compared byte by byte on both."""
    return String(length).with_variant(mssql.NVARCHAR(length, collation=_BINARY), "mssql")


def line(length: int) -> TypeEngine[str]:
    """Text of up to length characters (SQL Server counts an emoji as two)."""
    return Unicode(length).with_variant(mssql.NVARCHAR(min(2 * length, 4000)), "mssql")


def block() -> TypeEngine[str]:
    """Text without a limit of its own."""
    return UnicodeText().with_variant(mssql.NVARCHAR(None), "mssql")


class Moment(TypeDecorator[str]):
    """A moment as ISO 8601 UTC text in Python: TEXT on SQLite, DATETIME2(6) on SQL Server."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(mssql.DATETIME2(6) if dialect.name == "mssql" else String(27))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "mssql":
            return value
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return value  # type: ignore[no-any-return]
