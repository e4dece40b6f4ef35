"""The column types of every read model, the same values on SQLite and on SQL Server.

SQL Server compares without case and without trailing blanks unless told otherwise, so every key column
asks for a binary collation; text that people see is NVARCHAR; a moment is the text of domain.ids.now,
kept as DATETIME2(6) where the server has it.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, LargeBinary, MetaData, String, TypeDecorator, Unicode, UnicodeText
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeEngine

metadata = MetaData()
"""The tables of one generation. They carry no schema: a generation's engine says where they are."""
control_metadata = MetaData()
"""The tables beside the generations: which of them is live, and what no fold writes (operational/)."""

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


def binary() -> TypeEngine[bytes]:
    """Bytes without a limit of their own."""
    return LargeBinary().with_variant(mssql.VARBINARY("max"), "mssql")  # type: ignore[no-untyped-call]


class Moment(TypeDecorator[str]):
    """A moment as ISO 8601 UTC text in Python: TEXT on SQLite, DATETIME2(6) on SQL Server."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "mssql":
            return dialect.type_descriptor(mssql.DATETIME2(6))  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(String(27))

    def bind_processor(self, dialect: Dialect) -> Any:
        """None where the text is kept as it is: a rebuild binds millions."""
        return super().bind_processor(dialect) if dialect.name == "mssql" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return super().result_processor(dialect, coltype) if dialect.name == "mssql" else None

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
