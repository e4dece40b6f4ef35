"""Feeds: valid XML whatever people write, ids that stay, and nothing sent twice."""

from xml.etree import ElementTree

import pytest

from domain.post import EditPost
from tests.webapp.conftest import Visitor, World

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "]]> <b>&amp;</b> \ufffe\uffff 🙂 \u202e <?xml ?> <!-- \ud7ff"


def _feed(visitor: Visitor, path: str) -> ElementTree.Element:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    return ElementTree.fromstring(answer.data)


def _titles(feed: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in feed.findall(f"{ATOM}entry/{ATOM}title")]


def test_each_feed_has_its_own_posts_newest_first(world: World) -> None:
    world.person("ann")
    world.person("bob")
    first = world.post("ann", "First", "about #cats")
    world.post("bob", "Second", "about #dogs")
    world.comment("bob", first, "Meow")
    visitor = world.visitor()
    assert _titles(_feed(visitor, "/feed.atom")) == ["Second", "First"]
    assert _titles(_feed(visitor, "/tags/cats.atom")) == ["First"]
    assert _titles(_feed(visitor, "/tags/%23Cats.atom")) == ["First"]
    assert _titles(_feed(visitor, "/@bob.atom")) == ["Second"]
    assert _titles(_feed(visitor, f"/posts/{first}.atom")) == ["bob on First", "First"]


def test_hostile_text_makes_valid_xml_with_the_text_in_it(world: World) -> None:
    world.person("ann")
    post = world.post("ann", HOSTILE, HOSTILE + "\n\n<script>alert(1)</script> @ann")
    world.comment("ann", post, HOSTILE)
    for path in ("/feed.atom", f"/posts/{post}.atom", "/@ann.atom"):
        feed = _feed(world.visitor(), path)
        assert _titles(feed)[-1] == HOSTILE.replace("\ufffe\uffff", "\ufffd\ufffd").replace("\u202e ", "")
        content = feed.findall(f"{ATOM}entry/{ATOM}content")[-1].text or ""
        assert "<script>" not in content
        assert '<a href="/@ann"' in content


def test_ids_stay_and_updated_moves_with_an_edit(world: World) -> None:
    world.person("ann")
    post = world.post("ann", "First", "words")
    before = _feed(world.visitor(), "/feed.atom")
    world.given(EditPost(post=post, version=1, title="Changed", body="words"), "ann")
    after = _feed(world.visitor(), "/feed.atom")
    assert before.findtext(f"{ATOM}entry/{ATOM}id") == after.findtext(f"{ATOM}entry/{ATOM}id") == f"urn:uuid:{post}"
    assert str(before.findtext(f"{ATOM}updated")) < str(after.findtext(f"{ATOM}updated"))
    assert before.findtext(f"{ATOM}id") == after.findtext(f"{ATOM}id")


def test_what_a_reader_has_is_not_sent_again(world: World) -> None:
    world.person("ann")
    world.post("ann")
    visitor = world.visitor()
    etag = visitor.get("/feed.atom").headers["ETag"]
    again = visitor.get("/feed.atom", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    world.post("ann", "News")
    assert visitor.get("/feed.atom", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("settings", [{}, {"public_url": "https://verbatim.example/"}])
def test_addresses_are_those_of_the_site_whole_where_they_are_known(build, settings: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    world = build(**settings)
    base = settings.get("public_url", "").rstrip("/")
    world.person("ann")
    post = world.post("ann")
    links = [link.get("href") for link in _feed(world.visitor(), "/feed.atom").iter(f"{ATOM}link")]
    assert links == [f"{base}/feed.atom", f"{base}/", f"{base}/posts/{post}"]


def test_whatever_host_is_asked_for_the_feed_is_the_same(world: World) -> None:
    feeds = {world.visitor().get("/feed.atom", base_url=f"http://{host}").text for host in ("a.example", "b.example")}
    assert len(feeds) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/@nobody.atom", 404),
        ("/@.atom", 404),
        ("/tags/1.atom", 404),
        ("/tags/a%20b.atom", 404),
        ("/tags/%00.atom", 404),
        ("/tags/never-used.atom", 200),
        ("/posts/0192f000-0000-7000-8000-000000000000.atom", 404),
        ("/posts/x.atom", 404),
    ],
)
def test_what_is_not_there_is_said(world: World, path: str, status: int) -> None:
    assert world.visitor().get(path).status_code == status


def test_a_removed_post_has_no_feed_but_for_its_author(world: World) -> None:
    ann = world.person("ann")
    post = world.post("ann")
    ann.send(f"/posts/{post}", f"/posts/{post}/remove")
    assert world.visitor().get(f"/posts/{post}.atom").status_code == 410
    own = ann.get(f"/posts/{post}.atom")
    assert own.status_code == 200
    assert "private" in own.headers["Cache-Control"]


def test_pages_name_their_feed_their_address_and_what_they_are(world: World) -> None:
    world.person("ann")
    post = world.post("ann", 'A "quoted" <title>', "Words *of* it. #cats")
    visitor = world.visitor()
    shown = visitor.get(f"/posts/{post}").text
    assert f'href="/posts/{post}.atom"' in shown
    assert f'<link rel="canonical" href="/posts/{post}">' in shown
    assert '<meta property="og:title" content="A &#34;quoted&#34; &lt;title&gt;">' in shown
    assert '<meta property="og:description" content="Words of it. #cats">' in shown
    assert 'href="/@ann.atom"' in visitor.get("/@ann").text
    assert "/tags/cats.atom" in visitor.get("/?tag=cats").text
    assert '<link rel="canonical" href="/?tag=cats">' in visitor.get("/?tag=cats").text
    assert 'href="/feed.atom"' in visitor.get("/login").text
