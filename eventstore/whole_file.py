"""Writing a file so that it is there whole, or as it was before, whenever the process or the machine stops."""

import os
from contextlib import suppress
from pathlib import Path

from domain.errors import Unavailable


def write_whole(path: Path, content: bytes) -> None:
    """In place of what was there, on disk when it returns, readable by its owner alone. Raises Unavailable."""
    writing = path.with_name(f"{path.name}.writing")
    try:
        with os.fdopen(os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        writing.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            writing.unlink()


def sync_folder(folder: Path) -> None:
    """Puts new names on disk, which are there with their folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
