"""DATA_DIR: where it is, which files the site has in it, and that nobody but their owner reads them."""

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

_SQLITE = "sqlite:///"
_PARTS = ("", "-wal", "-shm", "-journal", "-reader")
_FILES = r"(?:events|read(?:-\d+)?)\.db(?:-[a-z]+)?|\.events\.db-reader\..+|secret_key|\.secret_key\..+"
_RUN_FILES = r"lock|(?:supervisor|web|projector|webhooks|relay)\.pid|counts-\d+|health-(?:relay|projector|webhooks)"
_METRICS_FILES = r"(?:counter|gauge|histogram|summary)(?:_[a-z]+)?_\d+\.db"
_PUT_THERE = r".+\.(?:rejects|repairs)\.csv|.+\.jsonl(?:\.gz)?(?:\.part)?|.+\.(?:db|sqlite)(?:-[a-z]+)?|.+\.log"
"""What commands and people put beside the site's files: reports of imports, exports, copies, logs."""
_MOUNT_POINT = "lost+found"


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


def tighten(folder: Path, environ: Mapping[str, str] = os.environ, start: Path = Path()) -> str:
    """Takes the rights that earlier versions gave to others: the site's files become 0600, its folders 0700.

    A folder that holds other things, or is somebody else's, keeps its rights; returns a sentence for the first.
    """
    databases = [path.with_name(path.name + part) for path in database_files(folder, environ, start) for part in _PARTS]
    for path in databases:
        _tighten(path, stat.S_ISREG)
    run = folder / "run"
    own = "|".join([_FILES, *(re.escape(path.name) for path in databases if path.parent == folder)])
    said = [_tighten_folder(folder, own, "run"), _tighten_folder(run, _RUN_FILES, r"metrics-\d+")]
    said += [_tighten_folder(metrics, _METRICS_FILES, "") for metrics in run.glob("metrics-*")]
    return next(filter(None, said), "")


def _tighten_folder(folder: Path, files: str, folders: str) -> str:
    """files, folders: patterns of the names of what the site has in it. Returns why it was left as it is, or ""."""
    try:
        mode, found = folder.stat().st_mode, sorted(folder.iterdir())
    except OSError:
        return ""
    own, put_there, foreign = [], [], []
    for path in found:
        if re.fullmatch(files, path.name) and _is_ours(path, stat.S_ISREG):
            own.append(path)
        elif re.fullmatch(_PUT_THERE, path.name) and _is_ours(path, stat.S_ISREG):
            put_there.append(path)
        elif not (re.fullmatch(folders, path.name) and _is_ours(path, stat.S_ISDIR)) and os.path.lexists(path):
            foreign.append(path.name)
    foreign = [name for name in foreign if name != _MOUNT_POINT]
    is_shared = bool(foreign) or mode & stat.S_ISVTX != 0 or not _is_ours(folder, stat.S_ISDIR)
    for path in own if is_shared else (*own, *put_there):
        _tighten(path, stat.S_ISREG)
    if not is_shared:
        _tighten(folder, stat.S_ISDIR)
    if not is_shared or not mode & 0o077:
        return ""
    why = f"has other things in it ({', '.join(map(repr, foreign[:3]))})" if foreign else "isn't this account's alone"
    return f"{folder} {why}, so its rights are left as they are. Better is a DATA_DIR that only the site uses."


def _is_ours(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Whether it is of this kind and belongs to who runs this; a link too, and what it leads to."""
    try:
        found, link = path.stat(), path.lstat()
    except OSError:
        return False
    return is_kind(found.st_mode) and {found.st_uid, link.st_uid} == {os.geteuid()}


def _tighten(path: Path, is_kind: Callable[[int], bool]) -> None:
    """Leaves what is somebody else's, is gone meanwhile, or can't be changed."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077 and _is_ours(path, is_kind):
            path.chmod(mode & 0o700)


def secret(path: Path) -> str:
    """The random text in a file, made where there is none, readable by its owner alone. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
