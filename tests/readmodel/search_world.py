"""Reading a search to its end, and what it should find."""

from typing import Any

from readmodel.search import SearchPosts
from tests.readmodel.site import Site
from tests.readmodel.test_feed import pages


def titles(site: Site, q: str, **more: Any) -> list[str]:
    return [item.title for item in pages(site, SearchPosts(q=q, **more))]
