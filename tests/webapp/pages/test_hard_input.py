"""What no honest browser sends and what people get wrong: the right status, a sentence, the text back, no event."""

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from domain import account, ids
from domain.bus import operator
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page

OTHER = "0192f000-0000-7000-8000-000000000000"
FORM = "application/x-www-form-urlencoded"
Settled = tuple[World, Visitor, dict[str, str]]
Send = Callable[[Visitor, str], TestResponse]


def _given(world: World) -> tuple[Visitor, dict[str, str]]:
    """ann writes; post, comment and other's things are there by name."""
    ann = world.person("ann")
    world.person("bob")
    post = world.post("ann")
    theirs = world.post("bob")
    removed = world.post("ann")
    ann.send(f"/posts/{removed}", f"/posts/{removed}/remove")
    known = {
        "post": post,
        "theirs": theirs,
        "removed": removed,
        "comment": world.comment("ann", post),
        "their_comment": world.comment("bob", post),
        "other": OTHER,
    }
    return ann, known


@pytest.fixture(scope="module")
def settled(migrated: Path, apps: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """One site for all that is refused, since what is refused changes nothing."""
    world = World(shutil.copytree(migrated, tmp_path_factory.mktemp("settled") / "site"), apps)
    yield world, *_given(world)
    world.close()


@pytest.fixture
def here(settled: Settled) -> Settled:
    """The settled site, answering again after tests that had a site of their own."""
    settled[0].process.site = settled[0].site
    return settled


def _token(visitor: Visitor) -> str:
    return visitor.fields("/settings")["csrf_token"]


EDIT = {"version": "1", "title": "kept title", "body": "b"}
REFUSED = [
    # path, fields, status, sentence, what must be in the page again
    ("/posts/new", {"title": " \u200b ", "body": "kept words"}, 422, "Title can't be empty.", "kept words"),
    ("/posts/new", {"title": "kept title", "body": "\n "}, 422, "Body can't be empty.", "kept title"),
    ("/posts/new", {"title": "kept", "body": "b" * 40_001}, 422, "40,000 is the most", "bbbb"),
    ("/posts/new", {"title": "NUL\0", "body": "kept words"}, 422, "control character", "kept words"),
    ("/posts/new", {"title": "bell\x07", "body": "kept words"}, 422, "U+0007", "kept words"),
    ("/posts/new", {"title": "t", "body": "kept", "url": "javascript:alert(1)"}, 422, "whole address", "kept"),
    (
        "/posts/new",
        {"command_id": "no-id", "title": "kept title", "body": "words"},
        400,
        "number is broken",
        "kept title",
    ),
    ("/posts/new", {}, 422, "Title can't be empty.", ""),
    (
        "/posts/{post}/edit",
        EDIT | {"body": ""},
        422,
        "Body can't be empty.",
        "kept title",
    ),
    ("/posts/{post}/edit", EDIT | {"version": "x"}, 400, "which version", "kept title"),
    (
        "/posts/{post}/edit",
        EDIT | {"version": "9" * 400},
        400,
        "which version",
        "kept title",
    ),
    ("/posts/{post}/edit", EDIT | {"version": "-1"}, 400, "which version", "kept title"),
    (
        "/posts/{post}/edit",
        EDIT | {"version": "\u0661"},
        400,
        "which version",
        "kept title",
    ),
    (
        "/posts/{post}/edit",
        EDIT | {"version": "999"},
        409,
        "while you were editing",
        "kept title",
    ),
    (
        "/posts/{theirs}/edit",
        EDIT,
        403,
        "Only its author",
        "kept title",
    ),
    (
        "/posts/{other}/edit",
        EDIT,
        404,
        "There is no such post",
        "kept title",
    ),
    ("/posts/{comment}/edit", EDIT, 404, "no such post", "kept title"),
    ("/posts/{removed}/edit", EDIT, 410, "Restore it", "kept title"),
    ("/posts/{post}/comments", {"body": "c" * 10_001}, 422, "10,000 is the most", "cccc"),
    ("/posts/{post}/comments", {"body": "kept\0"}, 422, "control character", "kept"),
    ("/posts/{removed}/comments", {"body": "kept words"}, 410, "removed", "kept words"),
    ("/posts/{other}/comments", {"body": "kept words"}, 404, "There is no such post", "kept words"),
    ("/posts/{comment}/comments", {"body": "kept words"}, 404, "There is no such post", "kept words"),
    ("/comments/{other}/reply", {"body": "kept words"}, 404, "There is no such comment", "kept words"),
    ("/comments/{post}/reply", {"body": "kept words"}, 404, "There is no such comment", "kept words"),
    ("/comments/{their_comment}/edit", {"version": "1", "body": "kept words"}, 403, "Only its author", "kept words"),
    ("/comments/{comment}/edit", {"version": "1", "body": ""}, 422, "can't be empty", ""),
    ("/comments/{their_comment}/remove", {"reason": "kept words"}, 403, "Only its author", "kept words"),
    ("/posts/{theirs}/remove", {"reason": "kept words"}, 403, "Only its author", "kept words"),
    ("/posts/{post}/lock", {}, 403, "Only a moderator", ""),
    ("/posts/{removed}/like", {}, 410, "can't be liked", ""),
    ("/posts/{other}/like", {}, 404, "nothing to like", ""),
    ("/comments/{post}/like", {}, 404, "nothing to like", ""),
    ("/posts/not-an-id/like", {}, 404, "no such page", ""),
    ("/posts/%ff%fe/like", {}, 404, "no such page", ""),
    ("/posts/%00/like", {}, 404, "no such page", ""),
    ("/settings", {"name": "n" * 81, "bio": "kept words"}, 422, "80 is the most", "kept words"),
    ("/settings", {"name": "rtl \x7f", "bio": "kept words"}, 422, "control character", "kept words"),
]


@pytest.mark.parametrize(("path", "fields", "status", "sentence", "back"), REFUSED)
@pytest.mark.parametrize("htmx", [False, True])
def test_is_refused_with_a_sentence_and_the_text(
    here: Settled, path: str, fields: dict[str, str], status: int, sentence: str, back: str, htmx: bool
) -> None:
    world, ann, known = here
    fields = {"csrf_token": _token(ann)} | fields
    before = world.head()
    answer = ann.post(path.format(**known), fields, htmx=htmx)
    assert answer.status_code == status
    assert sentence in page(answer).text
    assert back in answer.text
    assert world.head() == before


@pytest.mark.parametrize("token", [None, "", "forged", "a.b.c", "\0"])
def test_without_a_right_token_nothing_happens_and_the_text_is_kept(world: World, token: str | None) -> None:
    ann, _ = _given(world)
    before = world.head()
    fields = {"title": "kept title", "body": "kept words"} | ({} if token is None else {"csrf_token": token})
    answer = ann.post("/posts/new", fields)
    form = page(answer).form("/posts/new").fields
    assert answer.status_code == 400
    assert "Your text is kept; send it again." in page(answer).text
    assert (form["title"], form["body"]) == ("kept title", "kept words")
    assert world.head() == before
    assert ann.post("/posts/new", form).status_code == 303


def test_anothers_token_is_no_token(here: Settled) -> None:
    world, ann, _ = here
    bobs = _token(world.logged_in("bob"))
    assert ann.post("/posts/new", {"csrf_token": bobs, "title": "t", "body": "b"}).status_code == 400


def _doubled(ann: Visitor, token: str) -> TestResponse:
    return ann.post("/posts/new", {"csrf_token": token, "title": ["kept title", "second"], "body": "b"})


def _broken_utf8(ann: Visitor, token: str) -> TestResponse:
    raw = f"csrf_token={token}&title=kept+title&body=%ff%fe"
    return ann.client.post("/posts/new", data=raw, content_type=FORM)


def _surrogate(ann: Visitor, token: str) -> TestResponse:
    raw = f"csrf_token={token}&title=kept+title&body=%ed%a0%80"
    return ann.client.post("/posts/new", data=raw, content_type=FORM)


def _raw_bytes(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new", data=f"csrf_token={token}&title=".encode() + b"\xff\xfe", content_type=FORM)


def _json(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new", json={"csrf_token": token, "title": "t", "body": "b"})


def _json_list(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new", json=["csrf_token"], headers={"X-CSRFToken": token})


def _plain(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new", data=b"csrf_token=" + token.encode(), content_type="text/plain")


def _bad_multipart(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new", data=b"--nope", content_type="multipart/form-data; boundary=yes")


def _no_boundary(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new", data=b"--nope", content_type="multipart/form-data")


def _file(ann: Visitor, token: str) -> TestResponse:
    raw = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--x\r\nContent-Disposition: form-data; name="title"; filename="t"\r\n\r\nwords\r\n--x--\r\n'
    )
    return ann.client.post("/posts/new", data=raw.encode(), content_type="multipart/form-data; boundary=x")


def _empty(ann: Visitor, token: str) -> TestResponse:
    return ann.client.post("/posts/new")


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (_doubled, 400), (_broken_utf8, 400), (_surrogate, 400), (_raw_bytes, 400), (_json, 400), (_json_list, 422),
        (_plain, 400), (_bad_multipart, 400), (_no_boundary, 400), (_file, 422), (_empty, 400),
    ],
)  # fmt: skip
def test_a_body_that_is_no_form_of_ours(
    here: Settled, send: Callable[[Visitor, str], TestResponse], status: int
) -> None:
    world, ann, _ = here
    token = _token(ann)
    before = world.head()
    answer = send(ann, token)
    assert answer.status_code == status
    assert page(answer).form("/posts/new")
    assert ("kept title" in answer.text) == (send in (_doubled, _broken_utf8, _surrogate))
    assert world.head() == before


def test_ten_megabytes_are_refused_with_a_sentence(here: Settled) -> None:
    world, ann, _ = here
    before = world.head()
    answer = ann.post("/posts/new", {"csrf_token": _token(ann), "title": "t", "body": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "a request may have a megabyte" in page(answer).text
    assert world.head() == before


def test_the_longest_post_of_the_longest_characters_gets_through(world: World) -> None:
    ann, _ = _given(world)
    sent = ann.send("/posts/new", title="𝒳" * 300, body="𝒳" * 40_000, url="https://example.org/" + "x" * 1_900)
    assert sent.status_code == 303


def test_the_longest_text_survives_the_login_page(world: World) -> None:
    ann, _ = _given(world)
    fields = ann.fields("/posts/new") | {"title": "t", "body": "\U0001d4b3é" * 20_000}
    world.sessions.close_all("ann")
    login = ann.post("/posts/new", fields)
    assert len(page(login).form("/login").fields["kept"]) < 900_000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?after=broken", 400), ("/?after=" + "x" * 5_000, 400), ("/?after=%00", 400), ("/?sort=best", 400),
        ("/?tag=%00", 400), ("/?tag=" + "t" * 101, 400), ("/?tag=%ff", 400), ("/?after=%ed%a0%80", 400),
        ("/?tag=nobody-has-this", 200), ("/?tag=%F0%9F%90%99", 200), ("/?tag=' OR 1=1--", 200), ("/?unknown=1", 200),
        ("/posts/", 404), ("/posts/x", 404), ("/posts/" + OTHER, 404), ("/posts/" + OTHER.upper(), 404),
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
    world.bus.send(account.SuspendAccount(handle="ann", reason="Spam."), operator(ids.now()))
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
