"""What a page shows, in short: by it a live page knows whether something is news to it."""

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
    """Of what a page shows, by which its stream knows what is news to it. Asked before the page's other questions."""
    return fingerprints(database.live(), {topic})[topic]


def version(page: dict[str, Any]) -> str:
    """What a thread as shown to whoever looks is known by; the same twice only where the same is shown."""
    shown = [page.get(name) for name in ("post", "branches", "own", "next", "since")]
    told = msgspec.json.encode([i18n.current(), viewer(), current_user.roles, *shown])
    return hashlib.blake2b(told, digest_size=12).hexdigest()


def newest_post(items: Markup) -> str:
    """The newest post of a rendered list, which may begin with older ones that are pinned; "" for an empty one."""
    return max(_POST.findall(items), default="")
