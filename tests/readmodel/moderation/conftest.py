"""A moderation desk with a post of ann's to report."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readmodel.moderation.desk import Desk
from tests.readmodel.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.people("ann", "bob", "cid")
    site.staff()
    yield site
    site.close()


@pytest.fixture
def desk(site: Site) -> Desk:
    return Desk(site)
