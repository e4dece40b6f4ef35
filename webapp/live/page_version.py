"""Versions of live pages: digests by which a page knows whether it shows the newest state."""

import hashlib
import re
from typing import Any

import msgspec
from flask_login import current_user
from markupsafe import Markup

from webapp.site import database, i18n
from webapp.site.auth import viewer

from .watcher import FEED, fingerprints

_POST = re.compile(r'id="post-([0-9a-f-]{36})"')


def fingerprint(topic: str = FEED) -> str:
    """The fingerprint of a topic, from which the page's stream goes on. Read before the page's other queries."""
    return database.remember(("fingerprint", topic), lambda: fingerprints(database.live(), {topic})[topic])


def version(page: dict[str, Any]) -> str:
    """The ETag of a thread as the viewer sees it: equal only where the same is shown."""
    shown = [page.get(name) for name in ("post", "branches", "own", "next", "since")]
    shown_to = msgspec.json.encode([i18n.current(), viewer(), current_user.roles, *shown])
    return hashlib.blake2b(shown_to, digest_size=12).hexdigest()


def newest_post(items: Markup) -> str:
    """The newest post of a rendered list, which may begin with older ones that are pinned; "" for an empty one."""
    return max(_POST.findall(items), default="")
