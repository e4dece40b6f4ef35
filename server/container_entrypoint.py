"""The containers' entry point: makes the addresses of the databases out of their parts, then becomes the command.

Parts rather than whole URLs, so that a password may hold any character, and so that the SQL Server driver, which a
wheel brings along, is found wherever that wheel put it.
"""

import os
import platform
import sys
from collections.abc import Mapping, MutableMapping
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, quote_plus

# The driver's wheel has a folder for each family of systems and processors; the images are Debian's.
DRIVER_GLOB = "libs/linux/debian_ubuntu/{machine}/lib/libmsodbcsql-18*.so*"
DRIVER_FOLDERS = {"x86_64": "x86_64", "aarch64": "arm64"}


class MissingSetting(Exception):
    """The message says what, and what to do about it."""


def main(arguments: list[str]) -> NoReturn:
    try:
        set_urls(os.environ)
        if "MSSQL_SA_PASSWORD" in os.environ:
            create_login(os.environ)
    except MissingSetting as missing:
        sys.exit(str(missing))
    os.execvp(arguments[0], arguments)


def set_urls(environ: MutableMapping[str, str]) -> None:
    """Sets EVENT_STORE_URL and READ_MODEL_URL where they aren't set but their parts are. Raises MissingSetting."""
    if "MONGO_HOST" in environ and "EVENT_STORE_URL" not in environ:
        environ["EVENT_STORE_URL"] = mongo_url(environ)
    if "MSSQL_HOST" in environ and "READ_MODEL_URL" not in environ:
        login, password = required(environ, "MSSQL_USER"), required(environ, "MSSQL_PASSWORD")
        environ["READ_MODEL_URL"] = mssql_url(environ, required(environ, "MSSQL_DATABASE"), login, password)


def mongo_url(environ: Mapping[str, str]) -> str:
    """MONGO_HOST, MONGO_DATABASE, and where given MONGO_USER with MONGO_PASSWORD, MONGO_REPLICA_SET."""
    person = ""
    if "MONGO_USER" in environ:
        person = f"{quote(environ['MONGO_USER'], safe='')}:{quote(required(environ, 'MONGO_PASSWORD'), safe='')}@"
    options = f"?replicaSet={environ['MONGO_REPLICA_SET']}" if environ.get("MONGO_REPLICA_SET") else ""
    return f"mongodb://{person}{environ['MONGO_HOST']}/{required(environ, 'MONGO_DATABASE')}{options}"


def mssql_url(environ: Mapping[str, str], database: str, login: str, password: str) -> str:
    return mssql_address(str(find_odbc_driver()), environ, database, login, password)


def mssql_address(driver: str, environ: Mapping[str, str], database: str, login: str, password: str) -> str:
    """MSSQL_HOST, and where given MSSQL_PORT, MSSQL_TRUST_CERTIFICATE (yes: its certificate isn't checked)."""
    parts = {
        "DRIVER": odbc_quoted(driver),
        "SERVER": f"tcp:{environ['MSSQL_HOST']},{environ.get('MSSQL_PORT', '1433')}",
        "DATABASE": odbc_quoted(database),
        "UID": odbc_quoted(login),
        "PWD": odbc_quoted(password),
        "TrustServerCertificate": environ.get("MSSQL_TRUST_CERTIFICATE", "no"),
    }
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    return f"mssql+pyodbc:///?odbc_connect={quote_plus(text)}"


def find_odbc_driver() -> Path:
    """The file of Microsoft's ODBC driver in the wheel mssql-python-odbc. Raises MissingSetting."""
    machine = DRIVER_FOLDERS.get(platform.machine(), platform.machine())
    package = find_spec("mssql_python_odbc")
    for folder in (package.submodule_search_locations or []) if package else []:
        for found in sorted(Path(folder).glob(DRIVER_GLOB.format(machine=machine))):
            return found
    raise MissingSetting(f"There is no SQL Server driver for {machine} here: pip install -r requirements-server.txt")


def create_login(environ: MutableMapping[str, str]) -> None:
    """With the administrator's password, which nothing after this sees, makes the site's own database and login."""
    from sqlalchemy.exc import DBAPIError

    from readmodel.engine import mssql
    from readmodel.engine.mssql_driver import NoDriver

    password = environ.pop("MSSQL_SA_PASSWORD")
    try:
        mssql.ensure_login(
            mssql_url(environ, "master", "sa", password),
            required(environ, "READ_MODEL_URL"),
            login=required(environ, "MSSQL_USER"),
            password=required(environ, "MSSQL_PASSWORD"),
        )
    except NoDriver as error:
        raise MissingSetting(str(error)) from error
    except DBAPIError as error:
        raise MissingSetting(f"SQL Server on {environ['MSSQL_HOST']} can't be used: {error.orig}") from error


def required(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise MissingSetting(f"{name} must be set.")
    return environ[name]


def odbc_quoted(value: str) -> str:
    """As a value in an ODBC connection string, whatever it holds."""
    return "{" + value.replace("}", "}}") + "}"


if __name__ == "__main__":
    main(sys.argv[1:])
