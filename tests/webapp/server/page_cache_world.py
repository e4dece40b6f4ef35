"""The cache of strangers' pages of a site."""

from tests.webapp.conftest import World
from webapp.server.page_cache import PageCache


def cache(world: World) -> PageCache:
    found: PageCache = world.app.extensions["page_cache"]
    return found
