"""SQL Server's driver: pyodbc, the ODBC manager and Microsoft's library are installed apart, and each may be missing.

Imported only where READ_MODEL_URL names SQL Server: the SQLite path knows nothing of it.
"""

import re
from types import ModuleType

from domain.errors import Unavailable

_NO_ODBC_DRIVER = re.compile(r"\bIM00[23]\b|Can't open lib")


class NoDriver(Unavailable):
    """SQL Server can't be spoken to from here. The message says what to install."""


def driver() -> ModuleType:
    """pyodbc, without its own pool: SQLAlchemy pools. Raises NoDriver."""
    try:
        import pyodbc
    except ModuleNotFoundError as error:
        raise NoDriver(
            "READ_MODEL_URL names SQL Server, and pyodbc isn't installed: run `bin/setup --server` "
            "(without it: pip install -r requirements-server.txt)."
        ) from error
    except ImportError as error:
        raise NoDriver(
            f"READ_MODEL_URL names SQL Server, and pyodbc can't be loaded ({error}). "
            "It needs the ODBC manager. Debian and Ubuntu: apt-get install unixodbc; macOS: brew install unixodbc."
        ) from error
    # Before the process's first connection, or it has no effect.
    pyodbc.pooling = False
    found: ModuleType = pyodbc
    return found


def explained(error: Exception) -> NoDriver | None:
    """What to do where a connection failed for want of the ODBC driver that the URL names; None for other errors."""
    if _NO_ODBC_DRIVER.search(str(error)) is None:
        return None
    return NoDriver(
        f"READ_MODEL_URL names an ODBC driver that isn't installed here ({error}). `bin/setup --server` brings "
        "Microsoft's: name its file, driver=….venv/lib/python3.…/site-packages/mssql_python_odbc/libs/…/"
        "libmsodbcsql-18….so…, or install the package msodbcsql18 and write driver=ODBC+Driver+18+for+SQL+Server. "
        "`odbcinst -q -d` lists what there is."
    )
