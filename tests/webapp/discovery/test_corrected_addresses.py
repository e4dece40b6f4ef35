"""An address with a slash, or what stood after it in a text, at its end leads where it was meant to.

So does one that people guess.
"""

import pytest

from tests.webapp.conftest import World


@pytest.fixture
def thread(world: World) -> tuple[str, str]:
    """The ids of a post and of a comment on it."""
    world.person("ann")
    post = world.post("ann")
    return post, world.comment("ann", post)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/posts/{post}/", "/posts/{post}"),
        ("/posts/{post}//", "/posts/{post}"),
        ("/posts//{post}", "/posts/{post}"),
        ("/posts///{post}//history?view=split", "/posts/{post}/history?view=split"),
        ("/posts/{post}/?after=x&version=1", "/posts/{post}?after=x&version=1"),
        ("/posts/{post}/history/", "/posts/{post}/history"),
        ("/posts/{post}.atom/", "/posts/{post}.atom"),
        ("/posts/{post}.", "/posts/{post}"),
        ("/posts/{post}),", "/posts/{post}"),
        ("/posts/{POST}", "/posts/{post}"),
        ("/posts/{POST}/history/", "/posts/{post}/history"),
        ("/comments/{comment}/", "/comments/{comment}"),
        ("/@ann/", "/@ann"),
        ("/search/?q=cats", "/search?q=cats"),
        ("/login/", "/login"),
        ("/feed.atom/", "/feed.atom"),
        ("/tags/katzen%C3%BC.atom/", "/tags/katzen%C3%BC.atom"),
        ("/sitemap.xml/", "/sitemap.xml"),
        ("/tags/cats", "/?tag=cats"),
        ("/tags/Cats?sort=top", "/?sort=top&tag=cats"),
        ("/tags/cats?tag=dogs&author=ann", "/?tag=cats&author=ann"),
        ("/tags/katzen%C3%BC", "/?tag=katzen%C3%BC"),
        ("/tags/cats?_external=1&_scheme=evil&_anchor=x", "/?tag=cats"),
        ("/tags/cats/", "/tags/cats"),
    ],
)
def test_it_redirects(world: World, thread: tuple[str, str], typed: str, meant: str) -> None:
    names = {"post": thread[0], "POST": thread[0].upper(), "comment": thread[1]}
    for visitor in (world.visitor(), world.person("bob")):
        answer = visitor.get(typed.format(**names))
        assert (answer.status_code, answer.location) == (301, meant.format(**names))
        assert visitor.client.head(typed.format(**names)).status_code == 301


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/", "/posts/x/", "/%2F/evil.example/", "/\\evil.example/", "/@/", "/posts/",
        "/posts/%0d%0aSet-Cookie:x=1/", "/.well-known/", "/%00/", "/tags", "/tags/", "/tags/%20", "/tags/a%00b",
    ],
)  # fmt: skip
def test_what_is_no_address_of_ours_stays_unknown(world: World, path: str) -> None:
    assert world.visitor().get(path).status_code == 404


def test_only_what_is_read_is_sent_elsewhere(world: World, thread: tuple[str, str]) -> None:
    ann = world.logged_in("ann")
    fields = ann.fields(f"/posts/{thread[0]}", f"/posts/{thread[0]}/comments") | {"body": "Kept."}
    assert ann.post(f"/posts/{thread[0]}/comments/", fields).status_code in (404, 405)


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example", "//@ann/", "/\\evil.example/", "///"])
def test_nobody_is_sent_to_another_site(world: World, thread: tuple[str, str], path: str) -> None:
    """As a client that knows no manners sends it."""
    answer = world.visitor().get("/", environ_overrides={"PATH_INFO": path})
    assert "evil" not in answer.headers.get("Location", "")
    assert not answer.headers.get("Location", "/").startswith("//")
