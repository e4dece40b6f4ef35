"""Who may see what was removed: every address is walked for every removed thing, and commands follow the same rule."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from domain import comment, ids, post
from domain.errors import Removed
from domain.like import Like, Unlike
from tests.webapp.api.conftest import V1, Api, Program
from tests.webapp.conftest import Visitor
from webapp.api import events
from webapp.api.operations_index import OPERATIONS

REMOVED_TITLE, REMOVED_BODY, REMOVED_TAG, OLDER_BODY = "Zanzibarquiet", "quokkamurmur", "tagsecret", "ocelotwhisper"
BELOW, EDITED_BELOW, REMOVED_COMMENT = "xylophonemoss", "marmotletter", "walruspepper"
POST_EDIT_REASON, REMOVAL_REASON = "narwhalcause", "pelicancause"
BELOW_EDIT_REASON, BELOW_REMOVAL_REASON, COMMENT_EDIT_REASON = "gibboncause", "tapircause", "lemurcause"
TOMBSTONE_REASON = "heroncause"
"""A tombstone in a standing thread says it to everybody."""
SECRETS = (
    REMOVED_TITLE, REMOVED_BODY, REMOVED_TAG, OLDER_BODY, BELOW, EDITED_BELOW, REMOVED_COMMENT,
    POST_EDIT_REASON, REMOVAL_REASON, BELOW_EDIT_REASON, BELOW_REMOVAL_REASON, COMMENT_EDIT_REASON,
)  # fmt: skip
FOREVER = {"live.of_thread", "live.of_feed"}
"""Streams: they carry ids and versions, never words, and don't end."""
QUERIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("",)),
    ("/@", ("show=comments",)),
    ("/posts/", ("version=1", "at=2100-01-01", "quote={comment}", "from=1&to=2", "own={comment}")),
    ("/comments", ("quote={comment}", "from=1&to=2", *(f"q={word}" for word in SECRETS))),
    ("/search", tuple(f"q={word}&in={kind}" for word in SECRETS for kind in ("posts", "comments"))),
    ("/live/new", ("since={post}",)),
    ("/moderation", ("tab=comments", "show=comments")),
    ("", (f"tag={REMOVED_TAG}",)),
)
"""What stands in an address → what is asked there."""


class Scene:
    """mira's post is removed, with sal's comments below; another comment of sal's is removed elsewhere."""

    def __init__(self, api: Api) -> None:
        self.api, self.world = api, api.world
        for handle in ("mira", "sal", "nosy"):
            api.program(handle)
        api.program("mod", "moderator")
        given = self.world.given
        body = f"{REMOVED_BODY} #{REMOVED_TAG} @nosy"
        self.removed_post = self.world.post("mira", REMOVED_TITLE, OLDER_BODY)
        edit = post.EditPost(post=self.removed_post, version=1, title=REMOVED_TITLE, body=body, reason=POST_EDIT_REASON)
        given(edit, "mod")
        self.below = self.world.comment("sal", self.removed_post, f"{EDITED_BELOW} @nosy")
        edited = f"{BELOW} @nosy"
        given(comment.EditComment(comment=self.below, version=1, body=edited, reason=BELOW_EDIT_REASON), "sal")
        self.answered = self.world.comment("nosy", self.removed_post, "Mine.")
        self.answer = self.world.comment("sal", self.removed_post, f"{BELOW} again", parent=self.answered)
        self.standing_post = self.world.post("mira", "Stands", "Still here.")
        self.removed_comment = self.world.comment("sal", self.standing_post, f"{REMOVED_COMMENT} @nosy")
        again = f"{REMOVED_COMMENT} again"
        given(
            comment.EditComment(comment=self.removed_comment, version=1, body=again, reason=COMMENT_EDIT_REASON), "mod"
        )
        given(comment.RemoveComment(comment=self.removed_comment, reason=TOMBSTONE_REASON), "sal")
        given(comment.EditComment(comment=self.answered, version=1, body="Tidied.", reason="Tidied."), "mod")
        given(comment.RemoveComment(comment=self.answered, reason=BELOW_REMOVAL_REASON), "nosy")
        given(post.RemovePost(post=self.removed_post, reason=REMOVAL_REASON), "mira")

    def page_addresses(self) -> Iterator[str]:
        values = {
            "post": (self.removed_post, self.standing_post),
            "comment": (self.below, self.answer, self.removed_comment),
            "id": (self.removed_post, self.below, self.removed_comment),
            "handle": ("mira", "sal", "nosy"),
            "tag": (REMOVED_TAG,),
            "kind": ("posts", "comments"),
            "month": (ids.now()[:7],),
        }
        for rule in self.world.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in FOREVER and rule.endpoint != "static":
                names = sorted(rule.arguments)
                for chosen in product(*(values.get(name, ("1",)) for name in names)):
                    yield from self._asked(_filled(rule.rule, dict(zip(names, chosen, strict=True))))

    def api_addresses(self) -> Iterator[str]:
        for operation in OPERATIONS:
            if operation.method == "GET":
                for id in (self.removed_post, self.standing_post, self.below, self.answer, self.removed_comment):
                    for handle in ("mira", "sal"):
                        filled = operation.path.replace("{id}", id).replace("{handle}", handle)
                        yield from self._asked(V1 + re.sub(r"{\w+}", id, filled))

    def _asked(self, address: str) -> Iterator[str]:
        for place, queries in QUERIES:
            if place in address and not (place == "" and queries[0] and address.count("/") > 1):
                for query in queries:
                    asked = query.format(comment=self.below, post=self.removed_post)
                    yield f"{address}?{asked}" if asked else address


def _filled(rule: str, values: dict[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], rule)


@pytest.fixture
def scene(api: Api, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(events, "LIFE_S", 0.1)  # a stream ends once it has given what there is
    return Scene(api)


def is_log(address: str) -> bool:
    """The moderation log says why, to everybody."""
    return address.startswith(("/log", "/api/v1/log"))


def leaks(client: Any, addresses: Iterator[str], headers: dict[str, str] | None = None) -> dict[str, list[str]]:
    found = {}
    for address in dict.fromkeys(addresses):
        secrets = [one for one in SECRETS if not (is_log(address) and one.endswith("cause"))]
        with client.get(address, headers=headers or {}) as answer:
            text = answer.get_data().decode(errors="replace")  # icons have addresses too
        # What was asked for may be said back.
        asked = address.partition("?")[2]
        if words := [word for word in secrets if word in text and word not in asked and word not in address]:
            found[address] = words
    return found


def test_no_page_shows_a_stranger_what_was_removed(scene: Scene) -> None:
    assert leaks(scene.world.visitor().client, scene.page_addresses()) == {}


def test_no_page_shows_somebody_else_what_was_removed(scene: Scene) -> None:
    assert leaks(scene.world.logged_in("nosy").client, scene.page_addresses()) == {}


def test_no_call_shows_a_stranger_what_was_removed(scene: Scene) -> None:
    assert leaks(scene.world.visitor().client, scene.api_addresses()) == {}


def test_no_call_shows_somebody_else_what_was_removed(scene: Scene) -> None:
    program = scene.api.token("nosy")
    found = leaks(program.client, scene.api_addresses(), {"Authorization": f"Bearer {program.token}"})
    assert found == {}


def test_why_a_comment_was_removed_is_told_where_its_tombstone_says_it(scene: Scene) -> None:
    told = scene.api.token("sal").get("/events?limit=100").json["items"]
    reasons = {
        event["data"].get("comment"): event["reason"] for event in told if event["type"].endswith("CommentRemoved")
    }
    assert reasons == {scene.removed_comment: TOMBSTONE_REASON, scene.answered: None}
    assert TOMBSTONE_REASON in scene.world.visitor().get(f"/posts/{scene.standing_post}").text


def test_search_finds_nothing_removed(scene: Scene) -> None:
    """Here the words are in the address too: so it is the results that are looked at."""
    for word, path in product(SECRETS, ("/posts", "/comments")):
        assert scene.api.token("nosy").get(f"{path}?q={word}").json["items"] == []


def test_a_moderator_sees_all_of_it(scene: Scene) -> None:
    """So the walk comes by the addresses where something could be shown."""
    found = leaks(scene.world.logged_in("mod").client, scene.page_addresses())
    assert {word for words in found.values() for word in words} >= {*SECRETS} - {OLDER_BODY}


def test_the_author_of_a_removed_post_sees_its_thread(scene: Scene) -> None:
    mira: Visitor = scene.world.logged_in("mira")
    assert BELOW in mira.get(f"/posts/{scene.removed_post}").text
    assert mira.get(f"/comments/{scene.below}").status_code in (200, 302, 303)


def test_a_comment_in_a_removed_thread_is_gone_for_whoever_wrote_it(scene: Scene) -> None:
    """As its thread is: the words are in their export."""
    sal: Program = scene.api.token("sal")
    assert sal.get(f"/comments/{scene.below}").status_code == 410
    assert [item["id"] for item in sal.get("/accounts/sal/comments").json["items"]] == []


@pytest.mark.parametrize("who", ["sal", "nosy", "mod"])
def test_nothing_in_a_removed_thread_is_liked(scene: Scene, who: str) -> None:
    with pytest.raises(Removed):
        scene.world.given(Like(target=f"comment-{scene.below}"), who)
    with pytest.raises(Removed):
        scene.world.given(Like(target=f"post-{scene.removed_post}"), who)


def test_a_like_in_a_removed_thread_is_taken_back_all_the_same(api: Api) -> None:
    api.program("mira")
    written = api.world.post("mira")
    below = api.world.comment("mira", written)
    api.world.like("mira", f"comment-{below}")
    api.world.given(post.RemovePost(post=written), "mira")
    receipt = api.world.given(Unlike(target=f"comment-{below}"), "mira")
    assert receipt.version == 2
    assert ids.is_id(below)


def test_what_is_restored_is_seen_again(scene: Scene) -> None:
    scene.world.given(post.RestorePost(post=scene.removed_post), "mira")
    listed = scene.api.stranger().get("/accounts/sal/comments").json["items"]
    assert {item["id"] for item in listed} == {scene.below, scene.answer}
