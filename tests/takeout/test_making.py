"""What a takeout has in it: all that is its owner's, and nothing that a thief could use."""

from datetime import timedelta
from threading import Event

from domain import handle, ids, post
from domain.moderation import suspension
from operational.tables import sessions
from retention import Retention
from takeout.maker import TakeoutMaker
from tests.people import id_of
from tests.readmodel.engine.sql_server import executed_statements, tsql
from tests.takeout.conftest import BASE, TakeoutSite


def test_it_has_all_that_somebody_has(either: TakeoutSite) -> None:
    either.fill()
    found = either.archive("ann")
    assert {one["title"] for one in found.lines("posts.jsonl")} == {"One <script>", "Two"}
    assert [one["body"] for one in found.lines("comments.jsonl")] == ["said better"]
    assert found.json("profile.json")["name"] == "Ann Bee"
    assert len(found.lines("likes.jsonl")) == 1
    assert [one["words"]["title"] for one in found.lines("drafts.jsonl")] == ["Begun"]
    assert [one["label"] for one in found.lines("tokens.jsonl")] == ["My reader"]
    assert [one["url"] for one in found.lines("webhooks.jsonl")] == ["https://hook.example/x"]
    assert len(found.lines("sessions.jsonl")) == 1
    decided = [(one["by"], one["events"][0]["type"], one["reason"]) for one in found.lines("decisions.jsonl")]
    assert decided == [("bob", "PostRemoved", "Off topic")]
    assert {one["what"] for one in found.lines("notifications.jsonl")} == {"answer", "moderation"}
    types = {event["type"] for commit in found.lines("commits.jsonl") for event in commit["events"]}
    assert types >= {"AccountRegistered", "ProfileEdited", "PasswordSet", "PostPublished", "PostEdited", "Liked"}
    assert types >= {"HandleClaimed", "CommentAdded", "CommentEdited", "TokenIssued", "WebhookAdded"}
    assert all(commit["actor"] == id_of("ann") for commit in found.lines("commits.jsonl"))
    assert found.lines("unreadable.jsonl") == []


def test_nothing_in_it_is_of_use_to_a_thief(site: TakeoutSite) -> None:
    site.fill()
    found = site.archive("ann")
    everything = "".join(found.text(name) for name in found.names)
    assert "$argon2id$" not in everything
    assert "d" * 64 not in everything
    withheld = {
        event["type"]: (event["withheld"], "salt" in event)
        for commit in found.lines("commits.jsonl")
        for event in commit["events"]
        if "withheld" in event
    }
    assert withheld == {"PasswordSet": (["password_hash"], False), "TokenIssued": (["digest"], False)}


def test_the_words_of_others_are_not_in_it(site: TakeoutSite) -> None:
    """bob edits a post of ann's: what he did is his, the words are hers."""
    site.fill()
    one = site.publish("Of ann alone")
    site.send(post.EditPost(post=one, version=1, title="Of ann alone", body="hers", reason="Cleaned"), "bob")
    found = site.archive("bob")
    everything = "".join(found.text(name) for name in found.names)
    assert "Of ann alone" not in everything
    done = {event["type"] for commit in found.lines("commits.jsonl") for event in commit["events"]}
    assert {"PostEdited", "PostRemoved"} <= done
    assert "Cleaned" in everything


def test_a_suspension_is_in_it_with_its_reason(site: TakeoutSite) -> None:
    site.fill()
    site.send(suspension.SuspendAccount(handle="eve", reason="Spam all day"), "bob")
    found = site.archive("eve")
    assert [(one["events"][0]["type"], one["reason"]) for one in found.lines("decisions.jsonl")] == [
        ("AccountSuspended", "Spam all day")
    ]
    assert "Spam all day" in found.text("index.html")


def test_the_outbox_is_an_ordered_collection(site: TakeoutSite) -> None:
    site.fill()
    outbox = site.archive("ann").json("outbox.json")
    assert outbox["type"] == "OrderedCollection"
    assert outbox["totalItems"] == len(outbox["orderedItems"]) == 2
    kinds = [(one["type"], one["object"]["type"]) for one in outbox["orderedItems"]]
    assert kinds == [("Create", "Note"), ("Create", "Article")]
    times = [one["published"] for one in outbox["orderedItems"]]
    assert times == sorted(times, reverse=True)


def test_somebody_with_nothing_has_a_whole_one(site: TakeoutSite) -> None:
    site.register("ann")
    found = site.archive("ann")
    assert found.lines("posts.jsonl") == []
    assert found.json("outbox.json")["orderedItems"] == []
    assert len(found.lines("commits.jsonl")) == 1


def test_many_writings_go_over_several_steps_and_pages(site: TakeoutSite, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("takeout.stages.WRITINGS_AT_ONCE", 3)
    monkeypatch.setattr("takeout.pages.PAGE_WRITINGS", 5)
    site.register("ann")
    titles = [f"Number {number}" for number in range(13)]
    for title in titles:
        site.publish(title)
    found = site.archive("ann")
    assert [one["title"] for one in found.lines("posts.jsonl")] == titles[::-1]
    pages = ["index.html", "older-0002.html", "older-0003.html"]
    assert [name for name in found.names if name.endswith(".html")] == pages
    assert [found.text(name).count("<article id=") for name in pages] == [5, 5, 3]
    assert 'href="older-0002.html"' in found.text("index.html")
    assert 'href="older-0003.html"' in found.text("older-0002.html")
    assert 'href="older-0002.html"' in found.text("older-0003.html")
    assert all(found.text(name).rstrip().endswith("</html>") for name in pages)


def test_long_texts_are_fewer_a_step(site: TakeoutSite, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("takeout.stages.MAX_STEP_CHARS", 25)
    site.register("ann")
    titles = [f"Number {number}" for number in range(7)]
    for title in titles:
        site.publish(title)
    found = site.archive("ann")
    assert [one["title"] for one in found.lines("posts.jsonl")] == titles[::-1]
    assert found.text("index.html").count("<article id=") == 7


def test_the_state_shows_how_far_it_is(site: TakeoutSite) -> None:
    site.fill()
    site.archive("ann")
    found = site.takeout("ann")
    assert (found.done, found.total) == (3, 3)


def test_it_says_what_people_are_called_today(site: TakeoutSite) -> None:
    site.fill()
    for person, new in (("ann", "anne"), ("bob", "rob")):
        until = ids.from_now(timedelta(days=365))
        command = handle.ChangeHandle(handle=id_of(person), new_handle=new, now=ids.now(), former_until=until)
        site.send(command, id_of(person))
    found = site.archive("ann")
    assert found.json("profile.json")["handle"] == "anne"
    manifest = found.json("takeout.json")
    assert (manifest["account"], manifest["handle"]) == (id_of("ann"), "anne")
    assert {one["by"] for one in found.lines("decisions.jsonl")} == {"rob"}
    assert {one["by"] for one in found.lines("notifications.jsonl")} == {"rob"}
    assert {one["object"]["attributedTo"] for one in found.json("outbox.json")["orderedItems"]} == {f"{BASE}/@anne"}
    assert "by rob" in found.text("index.html")


def test_what_they_were_called_is_theirs(site: TakeoutSite) -> None:
    site.fill()
    until = ids.from_now(timedelta(days=365))
    site.send(handle.ChangeHandle(handle="ann", new_handle="anne", now=ids.now(), former_until=until))
    claims = [
        (event["data"]["handle"], commit["claim"], "salt" in event)
        for commit in site.archive("ann").lines("commits.jsonl")
        for event in commit["events"]
        if event["type"] == "HandleClaimed"
    ]
    assert claims == [("ann", "handle:ann", True), ("anne", "handle:anne", True)]


def test_names_are_looked_up_together(site: TakeoutSite) -> None:
    """However many posts and decisions there are, a step asks once for those and once for these."""
    site.fill()
    for number in range(8):
        id = site.publish(f"Number {number}")
        site.send(post.RemovePost(post=id, reason="Again"), "bob")
    site.project()
    site.request("ann")
    with executed_statements(site.generations.live().engine) as said:
        site.maker().look(Event())
    asked = [one for one in map(tsql, said) if "accounts.handle" in one and "accounts.id IN" in one]
    assert len(site.fetched("ann").lines("decisions.jsonl")) == 9
    assert len(asked) < 20, len(asked)


def test_sessions_are_those_that_hold(site: TakeoutSite) -> None:
    """A lifetime that is shorter now counts for sessions that began before."""
    site.fill()
    site.project()
    site.request("ann")
    retention = Retention(sessions=timedelta(hours=2))
    with site.generations.control.begin() as connection:
        old = {"token": "t", "account": id_of("ann"), "expires_at": ids.from_now(timedelta(days=9))}
        connection.execute(sessions.insert().values(old | {"opened_at": ids.from_now(timedelta(hours=-3))}))
    TakeoutMaker(site.generations, site.store, BASE, retention=retention).look(Event())
    (one,) = site.fetched("ann").lines("sessions.jsonl")
    assert one["expires_at"] < ids.from_now(timedelta(hours=2))
