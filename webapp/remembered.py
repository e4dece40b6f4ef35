"""Parts of pages that look the same to every stranger, kept until the read model moves on.

Rendering thirty posts takes ten times as long as asking whether there is anything new. Whoever is logged in
always gets a fresh one: people see their own writes at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from markupsafe import Markup

from webapp.site.auth import viewer

from .site import database, i18n, site

MOST = 128
SECONDS = 1.0
"""A new generation, a repaired row or a second partition may change a page without raising the checkpoint."""

_lock = threading.Lock()
_parts: OrderedDict[Hashable, tuple[float, Markup]] = OrderedDict()


def part(name: Hashable, make: Callable[[], Markup]) -> Markup:
    """What make gives, or gave at this checkpoint. That is read first, so no part is older than its key says."""
    if viewer() is not None:
        return make()
    live = site.current().live
    key = (live, database.checkpoint(), i18n.current(), name)
    with _lock:
        made_at, made = _parts.get(key, (0.0, Markup()))
    if time.monotonic() - made_at < SECONDS:
        return made
    made = make()
    with _lock:
        _parts[key] = (time.monotonic(), made)
        _parts.move_to_end(key)
        while len(_parts) > MOST:
            _parts.popitem(last=False)
    return made
