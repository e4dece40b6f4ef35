"""Describes errors to the operator: one sentence each, with what to do about it."""

import errno
import sqlite3
import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from config import BadSetting
from domain.errors import Damaged, Refused
from readmodel.generations.errors import NoGeneration

ROOT = Path(__file__).resolve().parent
NO_READER = "Whoever was to read the output has gone; not all of it was written."
READ_MODEL_BROKEN = (
    " It is made from the events, except for drafts and who is logged in: stop the site, move the read model's files "
    "(read*.db*) away, and run `bin/verbatim rebuild`."
)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EFBIG: "the file may not grow any more",
}


def describe(error: Exception) -> str:
    """A sentence or two on an error. An unforeseen one gets the place in our code, so that it can be reported."""
    if isinstance(error, (BadSetting, Damaged, NoGeneration, Refused)):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        cause = error.orig if isinstance(error, DBAPIError) else error
        todo = READ_MODEL_BROKEN if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _BROKEN else ""
        return f"The read model's database can't be used: {_first_line(cause)}.{todo}"
    if isinstance(error, sqlite3.Error):
        return f"A database file can't be used: {_first_line(error)}."
    if isinstance(error, BrokenPipeError):
        return NO_READER
    if isinstance(error, OSError):
        reason = _NO_ROOM.get(error.errno or 0) or error.strerror or str(error)
        return f"{error.filename or 'A file or the output'} can't be used: {reason}."
    if isinstance(error, MemoryError):
        return "There is too little memory for that."
    return f"Verbatim failed, which is a defect of its own ({_place(error)}): {type(error).__name__}: {error}"


def _first_line(error: BaseException | None) -> str:
    return str(error).split("\n", 1)[0].removesuffix(".")


def _place(error: Exception) -> str:
    """The innermost line of our own code in the error's traceback."""
    calls = [call for call in traceback.extract_tb(error.__traceback__) if Path(call.filename).is_relative_to(ROOT)]
    ours = [call for call in calls if "site-packages" not in call.filename]
    return f"{Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].lineno}" if ours else "no line of ours"
