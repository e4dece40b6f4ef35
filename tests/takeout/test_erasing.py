"""What is erased goes from takeouts too: one that has it is made again without it."""

from threading import Event

from domain import post
from operational import takeouts
from projector.scrubber import Scrubber
from tests.takeout.conftest import TakeoutSite


def test_a_takeout_is_made_again_without_what_was_erased(site: TakeoutSite) -> None:
    site.register("ann", "bob")
    id = site.publish("My telephone number")
    site.publish("Bob's own", "bob")
    before, bobs = site.archive("ann"), site.archive("bob")
    assert "My telephone number" in before.text("posts.jsonl")
    scrubber = Scrubber(site.generations, site.store, site.folder_of)
    site.as_operator(post.ErasePost(post=id, reason="A court said so"))
    scrubber.step(Event())
    found = takeouts.find(site.generations.control, "ann")
    assert found is not None
    assert found.state == "done", "it waits until pages show the erasure: a new one would have the words again"
    site.project()
    scrubber.step(Event())
    found = takeouts.find(site.generations.control, "ann")
    assert found is not None
    assert found.state == "waiting"
    after = site.archive("ann")
    assert "My telephone number" not in "".join(after.text(name) for name in after.names)
    assert site.fetched("bob").data == bobs.data
