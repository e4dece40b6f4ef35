"""The mark of a restore that hasn't ended, in a table of the store's file: made for it, and gone with it."""

from .connection import SqliteFile

_IS_MADE = "SELECT 1 FROM sqlite_master WHERE name = 'restoring'"


class SqliteRestoreMark:
    """Meets eventstore.restore_mark.RestoreMark."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def source(self) -> str:
        found = self._file.rows("SELECT source FROM restoring", ()) if self._file.rows(_IS_MADE, ()) else []
        return str(found[0][0]) if found else ""

    def put(self, source: str) -> None:
        with self._file.writing() as connection:
            connection.execute("DROP TABLE IF EXISTS restoring")
            connection.execute("CREATE TABLE restoring (source TEXT NOT NULL) STRICT")
            connection.execute("INSERT INTO restoring (source) VALUES (?)", (source,))

    def remove(self) -> None:
        with self._file.writing() as connection:
            connection.execute("DROP TABLE IF EXISTS restoring")
