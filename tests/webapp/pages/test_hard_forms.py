"""Forms with what no browser sends, or too much of it: a sentence, the text back, no event."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from tests.webapp.pages.hard_input_world import Settled, _given, _token

FORM = "application/x-www-form-urlencoded"


Send = Callable[[Visitor, str], TestResponse]


EDIT = {"version": "1", "title": "kept title", "body": "b"}


REFUSED = [
    # path, fields, status, sentence, what must be in the page again
    ("/posts/new", {"title": " \u200b ", "body": "kept words"}, 422, "Title can't be empty.", "kept words"),
    ("/posts/new", {"title": "kept title", "body": "\n "}, 422, "A post needs a body or a link", "kept title"),
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
        "A post needs a body or a link",
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
