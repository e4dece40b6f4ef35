"""What no honest browser sends and what people get wrong: the right status, a sentence, the text back, no event."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain import ids
from domain.bus import operator
from domain.moderation import suspension
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tests.webapp.pages.hard_input_world import OTHER, Settled, _given, _token


def test_the_longest_post_of_the_longest_characters_gets_through(world: World) -> None:
    ann, _ = _given(world)
    sent = ann.send("/posts/new", title="𝒳" * 300, body="𝒳" * 40_000, url="https://example.org/" + "x" * 1_900)
    assert sent.status_code == 303


def test_the_longest_text_survives_the_login_page(world: World) -> None:
    ann, _ = _given(world)
    fields = ann.fields("/posts/new") | {"title": "t", "body": "\U0001d4b3é" * 20_000}
    world.sessions.close_all(world.id("ann"))
    login = ann.post("/posts/new", fields)
    assert len(page(login).form("/login").fields["kept"]) < 900_000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?after=broken", 400), ("/?after=" + "x" * 5_000, 400), ("/?after=%00", 400), ("/?sort=best", 400),
        ("/?tag=%00", 400), ("/?tag=" + "t" * 101, 400), ("/?tag=%ff", 400), ("/?after=%ed%a0%80", 400),
        ("/?tag=nobody-has-this", 200), ("/?tag=%F0%9F%90%99", 200), ("/?tag=' OR 1=1--", 200), ("/?unknown=1", 200),
        ("/posts/", 404), ("/posts/x", 404), ("/posts/" + OTHER, 404), ("/posts/" + OTHER.upper(), 301),
        ("/posts/%ff", 404), ("/posts/%C3%BC", 404), ("/comments/" + OTHER, 404), ("/comments/x", 404),
        ("/nowhere", 404), ("/%00", 404),
        ("/%ed%a0%80", 404), ("/login?next=%ff", 400), ("/login?next=//x", 200), ("/posts/" + OTHER + "/like", 405),
        ("/logout", 405), ("/preview", 405),
    ],
)  # fmt: skip
@pytest.mark.parametrize("htmx", [False, True])
def test_an_address_that_leads_nowhere_says_so(here: Settled, path: str, status: int, htmx: bool) -> None:
    answer = here[0].visitor().get(path, headers={"HX-Request": "true"} if htmx else {})
    assert answer.status_code == status
    assert status == 200 or page(answer).text


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "session=forged"}, {"Cookie": "session=\xff"}, {"Cookie": "remember_token=1|x"},
        {"HX-Request": "\xff"},
        {"traceparent": "00-zz", "X-Request-ID": "\xff" * 40}, {"HX-Current-URL": "\xff"}, {"HX-Target": "%ff"},
        {"Accept": "*"}, {"Content-Type": "\xff"}, {"Content-Length": "0"},
    ],
)  # fmt: skip
def test_broken_headers_are_no_reason_to_break(here: Settled, headers: dict[str, str]) -> None:
    assert here[0].visitor().get("/", headers=headers).status_code == 200


def test_a_cursor_leads_on_and_belongs_to_its_own_list(world: World) -> None:
    world.person("ann")
    for number in range(31):
        world.post("ann", title=f"Number {number}.")
    following = world.visitor().get("/").text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Number 0." in world.visitor().see(following).text
    assert world.visitor().get(following + "&sort=top").status_code == 400
    assert world.visitor().get(following, headers={"HX-Request": "true"}).text.lstrip().startswith("<li>")


def test_a_suspended_person_is_told_so_and_keeps_the_text(world: World) -> None:
    ann, _ = _given(world)
    world.bus.send(suspension.SuspendAccount(handle="ann", reason="Spam."), operator(ids.now()))
    answer = ann.send("/posts/new", title="kept title", body="words")
    assert answer.status_code == 403
    assert "Your account is suspended" in page(answer).text
    assert page(answer).form("/posts/new").fields["title"] == "kept title"


def test_what_people_write_runs_nowhere(world: World) -> None:
    ann, _ = _given(world)
    bad = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> <div hx-get=/x>"
    sent = ann.send("/posts/new", title=bad, body=bad)
    seen = ann.get(sent.location).text
    assert "<script>alert" not in seen
    assert "<img src=x" not in seen
    assert 'href="javascript' not in seen
    assert "<div hx-get=/x" not in seen
    assert "script-src 'self'" in ann.get("/").headers["Content-Security-Policy"]


def test_too_many_writes_are_slowed_with_the_text_kept(build: Callable[..., World]) -> None:
    world = build(rate_limits=True)
    ann = world.person("ann")
    token = _token(ann)
    answers = [ann.post("/preview", {"csrf_token": token, "body": "b"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    for _ in range(120):
        ann.post(f"/posts/{OTHER}/lock", {"csrf_token": token})
    slowed = ann.post("/posts/new", {"csrf_token": token, "title": "kept title", "body": "words"})
    assert slowed.status_code == 429
    assert 1 <= int(slowed.headers["Retry-After"]) <= 60
    assert page(slowed).form("/posts/new").fields["title"] == "kept title"
    assert ann.get("/").status_code == 200


def test_a_full_disk_is_told_with_the_text_kept(world: World) -> None:
    ann, _ = _given(world)
    fields = ann.fields("/posts/new") | {"title": "kept title", "body": "kept words"}
    before = world.head()
    with _no_room_beyond(world.folder / "events.db-wal"):
        answer = ann.post("/posts/new", fields)
    assert answer.status_code == 503
    assert page(answer).form("/posts/new").fields["body"] == "kept words"
    assert world.head() == before
    assert ann.post("/posts/new", fields).status_code == 303


@contextmanager
def _no_room_beyond(file: Path) -> Iterator[None]:
    """No file of this process can grow beyond this one's size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
