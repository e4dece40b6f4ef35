"""Stores and exports whose commits name people by their handles, which no erasure reaches."""

from collections.abc import Iterable

from domain.commit import StoredEvent

from .upcasters import LAST_NAMED_BY_HANDLE

_WRITTEN = "was written by an earlier Verbatim, which sealed handles and reasons in the hash chain."
_IMPORT = "and import what that writes into an empty site."
OLD_FORMAT = (
    f"{_WRITTEN} Export it with that version (`bin/verbatim export`), convert the export with this one "
    f"(`bin/verbatim convert EXPORT`), {_IMPORT}"
)
"""Follows the name of a store."""
OLD_EXPORT = f"{_WRITTEN} Convert it with `bin/verbatim convert EXPORT`, {_IMPORT}"
"""Follows the name of an export."""
OLD_BACKUP = (
    f"{_WRITTEN} Restore it with that version and export what it held (`bin/verbatim export`), convert the export with "
    f"this one (`bin/verbatim convert EXPORT`), {_IMPORT} Back that up into another folder."
)
"""Follows the name of a set of backups."""


def is_named_by_handles(events: Iterable[StoredEvent]) -> bool:
    """Whether one of these has the shape that named an account by its handle. The first registration of a store has."""
    return any(event.schema <= LAST_NAMED_BY_HANDLE.get(event.type, 0) for event in events)
