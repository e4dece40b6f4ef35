"""However much somebody has written, making a takeout of it takes no more memory than a step does."""

import tracemalloc
from pathlib import Path
from threading import Event

import pytest

from domain import ids, post
from domain.messages import Envelope
from tests.takeout.conftest import TakeoutSite

BODY = "Some words that are long enough to count, with **marks** and #tag. " * 12
MAX_GROWTH_BYTES = 500_000
"""Of some 4 MB that the larger one has more."""


def peak_bytes(folder: Path, number: int) -> int:
    site = TakeoutSite(folder)
    site.register("ann")
    envelope = Envelope(actor="ann", at=ids.now())
    some = [post.NewPost(post=ids.uuid7(), title=f"{one}", body=BODY) for one in range(number)]
    site.bus.send_batch([(one, envelope) for one in some])
    del some
    site.project()
    site.request("ann")
    tracemalloc.start()
    site.maker().look(Event())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(site.fetched("ann").lines("posts.jsonl")) == number
    site.close()
    return peak


@pytest.mark.slow(20)
def test_four_times_as_much_takes_no_more_memory(tmp_path: Path) -> None:
    peak_bytes(tmp_path / "what is loaded once", 1)
    little, much = peak_bytes(tmp_path / "little", 300), peak_bytes(tmp_path / "much", 1_200)
    assert much < little + MAX_GROWTH_BYTES, (little, much)
