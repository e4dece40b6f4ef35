"""What is erased goes from takeouts too: one that has it is made again without it."""

from datetime import timedelta
from threading import Event

from domain import handle, ids, post
from domain.messages import Envelope
from projector.scrubber import Scrubber
from tests.people import id_of
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
    found = site.takeout("ann")
    assert found.state == "done", "it waits until pages show the erasure: a new one would have the words again"
    site.project()
    scrubber.step(Event())
    found = site.takeout("ann")
    assert found.state == "waiting"
    after = site.archive("ann")
    assert "My telephone number" not in "".join(after.text(name) for name in after.names)
    assert site.fetched("bob").data == bobs.data


def scrubbed(site: TakeoutSite) -> None:
    site.project()
    Scrubber(site.generations, site.store, site.folder_of).step(Event())


def test_a_moderators_reason_goes_from_theirs_too(site: TakeoutSite) -> None:
    site.fill()
    id = site.publish("Of ann")
    site.send(post.RemovePost(post=id, reason="She told me her number"), "bob")
    assert "her number" in site.archive("bob").text("commits.jsonl")
    assert "her number" in site.archive("ann").text("decisions.jsonl")
    site.as_operator(post.ErasePost(post=id, reason="A court said so"))
    scrubbed(site)
    assert {site.takeout(person).state for person in ("ann", "bob")} == {"waiting"}
    for person in ("ann", "bob"):
        found = site.archive(person)
        assert "her number" not in "".join(found.text(name) for name in found.names)


def renamed(site: TakeoutSite, new: str, at: str) -> None:
    year = ids.from_now(timedelta(days=handle.RESERVED_DAYS))
    command = handle.ChangeHandle(handle=id_of("bob"), new_handle=new, now=at, former_until=year)
    site.bus.send(command, Envelope(actor=id_of("bob"), at=at))


def test_a_handle_that_is_set_free_goes_from_everybodys(site: TakeoutSite) -> None:
    site.fill()
    before = site.archive("ann")
    assert [one["by"] for one in before.lines("decisions.jsonl")] == ["bob"]
    renamed(site, "rob", ids.now())
    site.as_operator(handle.ReleaseHandle(handle="bob", now=ids.from_now(2 * timedelta(days=handle.RESERVED_DAYS))))
    scrubbed(site)
    assert site.takeout("ann").state == "waiting"
    after = site.archive("ann")
    assert [one["by"] for one in after.lines("decisions.jsonl")] == ["rob"]


def test_somebody_who_is_called_as_before_keeps_no_takeout_from_being_done(site: TakeoutSite) -> None:
    site.fill()
    site.archive("ann")
    renamed(site, "rob", ids.now())
    site.bus.send(handle.ReleaseHandle(handle="bob", now=ids.now()), Envelope(actor=id_of("bob"), at=ids.now()))
    renamed(site, "bob", ids.now())
    scrubbed(site)
    assert site.takeout("ann").state == "done"
