"""Posts and comments are chosen one by one, page by page, for whichever choice turns round for them."""

import re

import pytest
from werkzeug.test import TestResponse

from domain.leaving import MAX_EXCEPTIONS
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from tests.webapp.leaving.steps import PAGE, PASSWORD, leaving, registered

CHOOSE = f"{PAGE}/choose"


def choose(visitor: Visitor, path: str, turned: list[str], **more: str) -> TestResponse:
    form = page(visitor.get(path)).form(CHOOSE)
    hidden = {name: form.fields[name] for name in ("csrf_token", "command_id", "words", "after", "shown")}
    return visitor.post(CHOOSE, hidden | dict.fromkeys(turned, "y") | more)


def test_one_by_one_those_ticked_are_erased_and_pages_remember(world: World):
    ann = registered(world, "ann")
    posts = [f"post-{world.post('ann', f'Number {number}')}" for number in range(52)]
    first, last = posts[-1], posts[0]
    html = ann.get(f"{CHOOSE}?words=keep").text
    assert page(ann.get(f"{CHOOSE}?words=keep")).form(CHOOSE).fields["shown"].split() == posts[:1:-1]
    further = re.search(r'name="further" value="([^"]+)"', html)
    assert further is not None
    answer = choose(ann, f"{CHOOSE}?words=keep", [first], further=further[1])
    second = answer.headers["Location"]
    assert "after=" in second
    answer = choose(ann, second, [last])
    assert answer.headers["Location"] == f"{PAGE}#choice"
    assert "It erases 2 posts and 0 comments" in ann.see(PAGE).text
    again = ann.get(f"{CHOOSE}?words=keep").text
    assert re.findall(r'name="([^"]+)" id="[^"]+" value="y" checked', again) == [first]
    choose(ann, f"{CHOOSE}?words=keep", [])
    ann.send(PAGE, password=PASSWORD)
    found = leaving(world, "ann")
    assert [stream for stream in posts if found.choice.erases(stream)] == [last]


def test_those_kept_are_apart_from_those_erased(world: World):
    ann = registered(world, "ann")
    post = f"post-{world.post('ann')}"
    comment = f"comment-{world.comment('ann', post.removeprefix('post-'))}"
    choose(ann, f"{CHOOSE}?words=erase", [comment])
    assert "It keeps 1 post and 1 comment." in ann.see(PAGE).text
    ann.send(PAGE, password=PASSWORD, words="erase")
    found = leaving(world, "ann")
    assert (found.choice.erases(post), found.choice.erases(comment)) == (True, False)


def test_choices_are_no_draft_that_a_list_has(world: World):
    ann = registered(world, "ann")
    choose(ann, f"{CHOOSE}?words=keep", [f"post-{world.post('ann')}"])
    assert "You have no" in ann.see("/drafts").text
    assert "<dt>Drafts</dt><dd>0</dd>" in ann.get(PAGE).text


def test_others_things_and_nonsense_cant_be_chosen(world: World):
    ann = registered(world, "ann")
    world.person("bob")
    mine, theirs = world.post("ann"), world.post("bob")
    fields = ann.fields(f"{CHOOSE}?words=keep", CHOOSE)
    streams = [f"post-{theirs}", f"post-{mine}", "post-", "account-1", "<b>", f"comment-{mine}", "ü" * 5000]
    sent = {"csrf_token": fields["csrf_token"], "words": "keep", "shown": " ".join(streams)}
    assert ann.post(CHOOSE, sent | dict.fromkeys(streams, "y")).status_code == 303
    ann.send(PAGE, password=PASSWORD)
    assert leaving(world, "ann").choice.exceptions == (f"post-{mine}",)


def test_too_many_are_refused_and_the_ones_before_stay(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("webapp.site.leaving.MAX_EXCEPTIONS", 1)
    assert MAX_EXCEPTIONS == 1_000
    ann = registered(world, "ann")
    one, two = (f"post-{world.post('ann')}" for _ in range(2))
    choose(ann, f"{CHOOSE}?words=keep", [one])
    answer = choose(ann, f"{CHOOSE}?words=keep", [one, two])
    assert answer.status_code == 409
    assert answer.text.count('value="y" checked') == 2
    ann.send(PAGE, password=PASSWORD)
    assert leaving(world, "ann").choice.exceptions == (one,)


@pytest.mark.parametrize("path", [f"{CHOOSE}?words=sell", f"{CHOOSE}?words=keep&after=x", f"{CHOOSE}?after=%00"])
def test_broken_addresses_are_answered(world: World, path: str):
    assert world.person("ann").get(path).status_code in (200, 400)
