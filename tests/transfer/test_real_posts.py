"""Every real post comes in, and only once."""

import csv
import gzip

import pytest

from domain.post import PostPublished
from tests.transfer.csv_site import posts
from tests.transfer.shared import real_posts


@pytest.mark.slow
def test_every_real_post_comes_in_and_only_once(site):
    path = real_posts()
    seen: list[tuple[int, int]] = []
    report = site.take(path, progress=lambda done, total: seen.append((done, total)))
    assert (report.imported, report.already, report.rejected) == (29_926, 0, 0)
    assert len(posts(site)) == 29_926
    assert seen[-1] == (29_926, 29_926)
    again = site.take(path)
    assert (again.imported, again.already, again.rejected) == (0, 29_926, 0)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        times = [line[2].replace("Z", ".000000Z") for line in csv.reader(file)][1:]
    assert [commit.at for event, commit in site.events() if isinstance(event, PostPublished)] == times
