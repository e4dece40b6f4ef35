"""Checks who imports whom: `python -m tools.import_rules` prints each import that no rule allows, and then exits 1.

Rules are allow lists. A room is a folder, or a module that has rules of its own; what isn't named here isn't allowed,
neither a room of ours nor a package from outside. The standard library is free, but for the drivers in it.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]
DRIVERS_IN_STDLIB = frozenset({"sqlite3", "smtplib"})
LOADERS = frozenset({"import_module", "__import__", "run_module", "run_path"})
"""Calls that load a module by a name in a string, past every rule."""


class Room(msgspec.Struct, frozen=True):
    """rooms: those of ours that it may import. packages: those from outside."""

    rooms: frozenset[str]
    packages: frozenset[str]


def room(rooms: str = "", packages: str = "") -> Room:
    return Room(frozenset(rooms.split()), frozenset(packages.split()))


READ_MODEL = "readmodel readmodel.engine readmodel.generations"
WEB = "domain prose readmodel readmodel.engine operational webapp.text webapp.site webapp.server"
FLASK = "flask flask_babel flask_login markupsafe msgspec sqlalchemy structlog werkzeug"

ROOMS: Mapping[str, Room] = {
    "domain": room(packages="msgspec"),
    "prose": room("domain", "markdown_it msgspec regex"),
    "data_folder": room(),
    "retention": room(packages="msgspec"),
    "config": room("data_folder domain retention", "msgspec"),
    "shutdown": room("domain", "structlog"),
    "logs": room(packages="structlog"),
    "operator_errors": room("config domain readmodel.generations", "sqlalchemy sqlite3"),
    "eventstore": room("domain", "msgspec"),
    "eventstore.sqlite": room("domain eventstore", "msgspec sqlite3"),
    "eventstore.mongo": room("domain eventstore", "msgspec pymongo structlog"),
    "eventstore.log": room("domain eventstore.sqlite", "msgspec structlog"),
    "eventstore.kafka": room("domain eventstore eventstore.log", "kafka msgspec structlog"),
    "eventstore.relay": room("domain eventstore eventstore.mongo", "structlog"),
    "eventstore.relay.__main__": room("bootstrap shutdown"),
    "readmodel.engine": room("domain", "alembic msgspec pyodbc sqlalchemy"),
    "readmodel.migrations": room("readmodel.engine", "alembic sqlalchemy"),
    "readmodel": room("domain prose readmodel.engine", "msgspec sqlalchemy"),
    "readmodel.generations": room("domain readmodel readmodel.engine", "msgspec sqlalchemy sqlite3"),
    "operational": room("domain eventstore readmodel.engine readmodel.generations retention", "msgspec sqlalchemy"),
    "transfer": room("domain eventstore", "msgspec"),
    "backup": room("domain eventstore", "msgspec pyrage"),
    "backup.rehearsal": room(
        "backup domain eventstore eventstore.sqlite projector readmodel.engine readmodel.generations", "msgspec"
    ),
    "takeout": room(
        f"domain eventstore operational prose retention takeout.archive takeout.ownership {READ_MODEL}",
        "babel jinja2 markdown_it markupsafe msgspec sqlalchemy structlog",
    ),
    "takeout.ownership": room("domain readmodel", "sqlalchemy"),
    "takeout.archive": room(packages="msgspec"),
    "takeout.delivery": room("operational takeout.archive", "sqlalchemy"),
    "leaving": room(f"domain eventstore operational takeout {READ_MODEL}", "msgspec sqlalchemy structlog"),
    "moderation": room(
        "domain eventstore operational readmodel readmodel.engine readmodel.generations", "msgspec sqlalchemy structlog"
    ),
    "projector": room(
        f"domain eventstore eventstore.log operational retention takeout.ownership {READ_MODEL}",
        "msgspec sqlalchemy structlog",
    ),
    "projector.__main__": room(
        "bootstrap domain eventstore leaving moderation projector readmodel.engine readmodel.generations shutdown "
        "takeout",
        "sqlalchemy structlog",
    ),
    "webhooks": room("domain eventstore operational readmodel.engine transfer", "msgspec sqlalchemy structlog urllib3"),
    "webhooks.__main__": room("bootstrap eventstore readmodel.generations shutdown webhooks", "structlog"),
    "webapp.text": room(
        "domain prose readmodel", "diff_match_patch flask flask_babel markdown_it markupsafe merge3 nh3 pygments regex"
    ),
    "webapp.site": room(
        f"domain prose operational retention takeout.delivery {READ_MODEL}",
        f"{FLASK} argon2 babel cachetools flask_sqlalchemy itsdangerous",
    ),
    "webapp.server": room(
        "domain operational readmodel readmodel.engine readmodel.generations webapp.site",
        f"{FLASK} brotli flask_compress flask_wtf htmx_flask itsdangerous prometheus_client wtforms",
    ),
    "webapp.errors": room("domain webapp.server webapp.site", f"{FLASK} flask_wtf"),
    "webapp.live.page_version": room("webapp.live.watcher webapp.site", FLASK),
    "webapp.live.watcher": room("readmodel webapp.site", FLASK),
    "webapp.pages": room(f"{WEB} webapp.errors webapp.live.page_version", f"{FLASK} flask_wtf wtforms"),
    "webapp.bulk_removal": room(f"{WEB} webapp.desk webapp.pages", f"{FLASK} wtforms"),
    "webapp.desk": room(f"{WEB} webapp.pages", f"{FLASK} wtforms"),
    "webapp.leaving": room(f"{WEB} webapp.pages", f"{FLASK} wtforms"),
    "webapp.moderation_log": room(f"{WEB} webapp.pages", FLASK),
    "webapp.newcomers": room(f"{WEB} webapp.pages", f"{FLASK} wtforms"),
    "webapp.site_rules": room(f"{WEB} webapp.errors webapp.pages", FLASK),
    "webapp.discovery": room(WEB, FLASK),
    "webapp.privacy": room(f"{WEB} retention webapp.api", FLASK),
    "webapp.live": room(
        "domain prose readmodel readmodel.engine webapp.live.page_version webapp.live.watcher webapp.pages "
        "webapp.server webapp.site",
        FLASK,
    ),
    "webapp.api": room(f"{WEB} transfer", FLASK),
    "webapp": room(
        "domain prose webapp.errors webapp.text webapp.site webapp.server webapp.bulk_removal webapp.desk "
        "webapp.discovery webapp.leaving "
        "webapp.live webapp.moderation_log webapp.newcomers webapp.pages webapp.privacy webapp.site_rules webapp.api",
        FLASK,
    ),
    "webapp.build": room("bootstrap operational readmodel.generations webapp.server webapp.site"),
    "webapp.wsgi": room("bootstrap webapp webapp.build webapp.server"),
    "server": room(
        "bootstrap data_folder domain eventstore.mongo logs operational readmodel.engine webapp.api webapp.server "
        "webapp.site",
        "flask gunicorn prometheus_client sqlalchemy sqlite3",
    ),
    "cli": room(
        "backup backup.rehearsal bootstrap domain eventstore operational operator_errors projector retention transfer "
        f"webapp.site {READ_MODEL}",
        "click rich sqlalchemy",
    ),
    "bootstrap": room(
        "config data_folder domain eventstore eventstore.sqlite eventstore.mongo eventstore.log eventstore.kafka "
        "eventstore.relay logs operator_errors readmodel.generations",
        "msgspec sqlalchemy structlog",
    ),
}
"""Room → what it may import beside itself. A module belongs to the longest name that it begins with."""


def unlawful(root: Path = ROOT) -> list[str]:
    """One line for each import that isn't allowed, and for each call that loads a module by a name in a string."""
    return [line for path in sorted(_modules(root)) for line in _faults(path, root)]


def circles() -> list[str]:
    """The rooms in a circle, if the rules themselves allow one. Raises graphlib.CycleError with it."""
    return list(TopologicalSorter({name: rules.rooms for name, rules in ROOMS.items()}).static_order())


def _modules(root: Path) -> Iterator[Path]:
    for top in sorted({name.partition(".")[0] for name in ROOMS}):
        yield from (root / top).rglob("*.py")
        if (root / f"{top}.py").exists():
            yield root / f"{top}.py"


def _faults(path: Path, root: Path) -> Iterator[str]:
    where = path.relative_to(root)
    module = ".".join(where.with_suffix("").parts).removesuffix(".__init__")
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    here = room_of(module)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for imported in _imported(node, package):
            if not _allowed(here, imported):
                yield f"{where}:{getattr(node, 'lineno', 0)}: {here} may not import {imported}"
        if isinstance(node, ast.Call) and (name := _called(node)) in LOADERS:
            yield f"{where}:{node.lineno}: {name}() loads a module by a name in a string"


def room_of(module: str) -> str:
    """The room that a module is in: "" for what is none of ours."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in ROOMS), "")


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    """Dotted names; for `from x import y` x.y, which may be a module or something in x: both are in the same room."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        above = parts[: len(parts) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _allowed(here: str, imported: str) -> bool:
    top = imported.partition(".")[0]
    if there := room_of(imported):
        return there == here or there in ROOMS[here].rooms
    return (
        top == "_typeshed"
        or top in ROOMS[here].packages
        or (top in sys.stdlib_module_names and top not in DRIVERS_IN_STDLIB)
    )


def _called(node: ast.Call) -> str:
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def main() -> None:
    circles()
    faults = unlawful()
    print("\n".join(faults) or "imports: all are allowed")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
