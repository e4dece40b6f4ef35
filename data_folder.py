"""DATA_DIR: where it is, and which databases the site has in it."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

_SQLITE = "sqlite:///"


class NotText(ValueError):
    """The folder's name is no text, so that no setting could name it. The message is a sentence."""


def located(environ: Mapping[str, str], default: Path) -> Path:
    """The absolute path of DATA_DIR. Raises NotText."""
    folder = Path(environ.get("DATA_DIR") or default).absolute()
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        named = os.fsencode(folder)
        raise NotText(f"DATA_DIR must be a folder whose name is text in UTF-8, not {named!r}.") from error
    return folder


def database_files(folder: Path, environ: Mapping[str, str], start: Path) -> Iterator[Path]:
    """The event store, the read model's control file and its generations, as far as they are SQLite and there.

    start: where a relative path in a URL begins.
    """
    store = _named(environ, "EVENT_STORE_URL", folder / "events.db", start)
    control = _named(environ, "READ_MODEL_URL", folder / "read.db", start)
    found = [store, control, *_generations(control)] if control else [store]
    yield from (path for path in found if path is not None and path.is_file())


def _named(environ: Mapping[str, str], variable: str, default: Path, start: Path) -> Path | None:
    url = environ.get(variable)
    if not url:
        return default
    if not url.startswith(_SQLITE):
        return None
    path = url.removeprefix(_SQLITE)
    return start / (unquote(path.partition("?")[0]) if variable == "READ_MODEL_URL" else path)


def _generations(control: Path) -> list[Path]:
    name = re.compile(rf"{re.escape(control.stem)}-\d+{re.escape(control.suffix)}")
    return sorted(path for path in control.parent.glob("*") if name.fullmatch(path.name))
