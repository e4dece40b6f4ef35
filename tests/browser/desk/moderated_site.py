"""A site whose moderators have something to do: reports, cases in every state, decisions, appeals, notes."""

from typing import Any

from domain import ids, post
from domain.moderation import appeal, bulk, case, decision, report, standing
from eventstore.codec import EventCodec
from moderation.follower import Follower
from operational import moderation_cursor
from tests.webapp.conftest import World

MAX_STEPS = 50
STRANGER = "0192f000-0000-7000-8000-00000000abcd"
LONG_REASON = "It is advertising for watches that nobody asked for, posted three times today. Rules say once a week."


def follow(world: World) -> None:
    """What the follower's own thread does, until there is nothing more to do."""
    follower = Follower(world.store, EventCodec(), world.bus, world.generations.control)
    for _ in range(MAX_STEPS):
        follower.step()
        found = moderation_cursor.load(world.generations.control)
        if found is not None and found.position == world.head()[0]:
            world.bus.catch_up()
            return
    raise AssertionError("the follower doesn't come to an end")


def fill_desk(world: World) -> dict[str, str]:
    """What there is, by name: streams of cases, ids of reports, decisions, appeals and a batch."""
    world.person("may", "moderator")
    world.person("tom")
    found: dict[str, str] = {}
    spam = world.post("tom", "Cheap watches, today only", "Buy my watches.\n\nThey are cheap, and they are quick.")
    found["case"] = f"post-{spam}"
    found["report"] = _report(world, found["case"], "ada", "spam", "He posts this every day, everywhere.")
    _report(world, found["case"], STRANGER, "illegal", "They are forged.", law="Trade Mark Act, section 92")
    edited = "Buy my watches.\n\nThey are cheap, and they are slow."
    world.given(post.EditPost(post=spam, version=1, title="Watches, today only", body=edited), "tom")
    note = world.comment("tom", spam, "Really, buy my watches! They are cheap, and they are quick.")
    found["comment-case"] = f"comment-{note}"
    _report(world, found["comment-case"], "grace", "other", "The same again.")
    found["profile-case"] = f"account-{world.id('tom')}"
    _report(world, found["profile-case"], "ada", "spam", "")
    follow(world)
    world.given(case.Claim(target=found["case"], now=ids.now()), "mod")
    world.given(case.AddNote(target=found["case"], text="I know him from another site.", now=ids.now()), "mod")
    world.given(standing.NoteAccount(handle="tom", text="Was friendly when I wrote to him."), "mod")
    pills = world.post("tom", "Pills", "Buy pills.")
    found["decision"] = _decide(world, pills, "remove", "strike", points=3)
    lodged = appeal.Lodge(
        appeal=ids.uuid7(), target=f"post-{pills}", decision=found["decision"], text="It was a joke.", now=ids.now()
    )
    world.given(lodged, "tom")
    found["appeal"] = world.bus.aggregates().appeal(found["decision"], world.id("tom")).id
    replied = appeal.Reply(
        target=f"post-{pills}", decision=found["decision"], account=world.id("tom"), text="Which part of it?"
    )
    world.given(replied, "may")
    nothing = world.post("tom", "Fine after all", "Nothing is wrong with this.")
    found["report-decided"] = _report(world, f"post-{nothing}", "ada", "other", "I don't like it.")
    follow(world)
    found["decision-nothing"] = _decide(world, nothing, "none", reason="")
    found["batch"] = ids.uuid7()
    for number in range(2):
        of_batch = world.post("tom", f"Watches, part {number + 1}", "Buy.")
        found["decision-of-batch"] = _decide(world, of_batch, "remove", batch=found["batch"])
    follow(world)
    found["bulk"] = _removal_in_bulk(world)
    return found


def _removal_in_bulk(world: World) -> str:
    """By mod, of all that sid wrote; it waits to be carried out."""
    world.person("sid")
    world.post("sid", "Watches for everybody", "Buy one, get one.")
    target, batch = f"account-{world.id('sid')}", ids.uuid7()
    world.given(case.OpenCase(target=target, now=ids.now()), "mod")
    order = bulk.OrderBulkRemoval(batch=batch, handle="sid", reason=LONG_REASON, previewed=1, now=ids.now())
    world.given(order, "mod")
    return batch


def _report(world: World, target: str, by: str, category: str, text: str, law: str = "") -> str:
    id = ids.uuid7()
    filed = report.FileReport(
        report=id, target=target, version=1, category=category, text=text, law=law, now=ids.now(),
        stranger=by if by == STRANGER else "",
    )  # fmt: skip
    world.given(filed, by)
    return id


def _decide(world: World, of: str, *acts: str, **fields: Any) -> str:
    """By mod, about a post that nobody reported, or that somebody did."""
    target, id = f"post-{of}", ids.uuid7()
    known = world.bus.aggregates().case(target)
    now = ids.now()
    if known.exists:
        world.given(case.Claim(target=target, now=now), "mod")
    else:
        world.given(case.OpenCase(target=target, now=now), "mod")
    fields = {"reason": LONG_REASON} | fields
    world.given(decision.Decide(target=target, decision=id, acts=acts, now=ids.now(), **fields), "mod")
    follow(world)
    return id
