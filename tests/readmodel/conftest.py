"""A site with two people, a moderator (mod) and an admin (root)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readmodel.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.people("ann", "bob")
    site.staff()
    yield site
    site.close()
