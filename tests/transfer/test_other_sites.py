"""Comments as CSV, and what Mastodon, Reddit and Discourse give their people, each by its own documented format."""

import io
import json
import zipfile

import pytest

from domain.comment import CommentAdded
from tests.transfer.csv_site import listed, posts, row
from transfer import Options
from transfer.html_text import first_line, markdown
from transfer.source import Unreadable

AT = "2024-05-16T14:28:28Z"
COMMENTS = "id,author,created_at,post,parent,body\n"


def comments(site) -> dict[str, CommentAdded]:
    return {event.body: event for event, _ in site.events() if isinstance(event, CommentAdded)}


def zipped(path, **members: str):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"export/{name.replace('__', '.')}", content)
    path.write_bytes(out.getvalue())
    return path


def test_comments_go_below_imported_posts_and_answer_each_other_in_any_order(site, take, tmp_path):
    take(row("p1"), row("p2"))
    path = tmp_path / "comments.csv"
    path.write_text(
        COMMENTS
        + f"c3,eve,{AT},p1,c2,Third\nc2,ada,{AT},p1,c1,Second\nc1,bob,{AT},p1,,First\nc4,bob,{AT},p2,,Other\n"
        + f"c5,bob,{AT},p9,,Nowhere\nc6,bob,{AT},p1,c9,Lost\nc7,bob,{AT},p1,,\nc8,bob,{AT},,,Without\n"
    )
    report = site.take(path)
    assert (report.imported, report.rejected, report.failed) == (4, 4, False)
    found = comments(site)
    by_source = {post.source: post.post for post in posts(site)}
    assert found["First"].post == by_source["posts.csv:p1"]
    assert found["Third"].parent == found["Second"].comment
    assert (found["Third"].depth, found["Third"].root) == (2, found["First"].comment)
    causes = {id: cause for _, id, cause, _ in listed(report.rejects)}
    assert causes["c5"] == "the post that it is below (p9) isn't here"
    assert causes["c6"] == "the comment that it answers (c9) isn't in the file"
    assert causes["c8"] == "it names no post"
    again = site.take(path)
    assert (again.imported, again.already) == (0, 4)
    assert len(comments(site)) == 4


def test_comments_that_answer_in_a_circle_end(site, take, tmp_path):
    take(row("p1"))
    path = tmp_path / "comments.csv"
    path.write_text(COMMENTS + f"c1,bob,{AT},p1,c2,One\nc2,bob,{AT},p1,c1,Two\n")
    assert site.take(path).rejected == 2


def note(id: str, content: str, **more):
    return {
        "id": f"https://mastodon.example/users/mira/statuses/{id}/activity",
        "type": "Create",
        "actor": "https://mastodon.example/users/mira",
        "published": AT,
        "object": {
            "id": f"https://mastodon.example/users/mira/statuses/{id}",
            "type": "Note",
            "summary": None,
            "inReplyTo": None,
            "published": AT,
            "attributedTo": "https://mastodon.example/users/mira",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "cc": ["https://mastodon.example/users/mira/followers"],
            "content": content,
            **more,
        },
    }


def outbox(*activities) -> str:
    return json.dumps(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": "outbox.json",
            "type": "OrderedCollection",
            "totalItems": len(activities),
            "orderedItems": list(activities),
        },
        indent=2,
    )


def test_mastodons_outbox(site, tmp_path):
    own = "https://mastodon.example/users/mira/statuses/1"
    content = outbox(
        note("1", '<p>First &amp; <a href="https://a.example/x">https://a.example/x</a></p><p>more<br>lines</p>'),
        note("2", "<p>And on</p>", inReplyTo=own),
        note("3", "<p>Further</p>", inReplyTo=f"{own[:-1]}2"),
        note("4", "<p>Others</p>", inReplyTo="https://else.example/1"),
        note("5", "<p>Secret</p>", to=["https://mastodon.example/users/mira/followers"], cc=[]),
        note("6", "<p>Long</p>", summary="About it"),
        {"id": "x", "type": "Announce", "object": "https://else.example/2"},
        "nonsense",
    )
    path = tmp_path / "outbox.json"
    path.write_text(content)
    report = site.take(path)
    assert (report.imported, report.rejected, report.failed) == (4, 4, False)
    first, about = posts(site)
    assert (site.handle(first.author), first.title) == ("mira", "First & https://a.example/x")
    assert first.body == "First & <https://a.example/x>\n\nmore\nlines"
    assert (about.title, about.body) == ("About it", "Long")
    found = comments(site)
    assert found["And on"].post == found["Further"].post == first.post
    assert found["Further"].parent == found["And on"].comment
    assert "Secret" not in "".join(event.body for event, _ in site.events() if hasattr(event, "body"))
    assert site.take(path).already == 4
    assert site.take(zipped(tmp_path / "archive.zip", outbox__json=content)).already == 4


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("<p>2 * 3 &lt; 7, snake_case &amp; [x]</p><p>more</p>", "2 * 3 < 7, snake_case & [x]"),
        (
            '<p><br></p><p>By <a href="https://else.example/@ann">@<span>ann</span></a>: a<br>b',
            "By @ann@else.example: a",
        ),
        (
            '<a href="https://a.example/long"><span>https://</span><span>a.example/lo</span><span>ng</span></a>',
            "https://a.example/long",
        ),
        ('<p><a href="https://a.example/t"><span>#</span>tag</a></p>', "#tag"),
        ("<ul><li>One</li><li>Two</li></ul>", "One"),
        ("<p> </p>", ""),
    ],
)
def test_a_title_is_the_first_line_without_marks(html, line):
    assert first_line(html) == line


REDDIT_POSTS = (
    "id,permalink,date,ip,subreddit,gildings,title,url,body\n"
    "abc,https://www.reddit.com/r/x/comments/abc/t/,2021-03-04 05:06:07 UTC,,x,0,Link,https://a.example/,\n"
    "abd,https://www.reddit.com/r/x/comments/abd/t/,2021-03-05 05:06:07 UTC,,x,0,Text,/r/x/comments/abd/t/,"
    "Own *words*\n"
)
REDDIT_COMMENTS = (
    "id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n"
    "k1,p,2021-03-06 05:06:07 UTC,,x,0,https://www.reddit.com/r/x/comments/abd/t/,,Mine,\n"
    "k2,p,2021-03-06 05:06:08 UTC,,x,0,https://www.reddit.com/r/x/comments/abd/t/,k1,Answer,\n"
    "k3,p,2021-03-06 05:06:09 UTC,,x,0,https://www.reddit.com/r/x/comments/zzz/t/,,Elsewhere,\n"
)


def test_reddits_data_request(site, tmp_path):
    statistics = "statistic,value\naccount name,Mira\nemail verified,True\n"
    path = zipped(
        tmp_path / "export.zip", posts__csv=REDDIT_POSTS, comments__csv=REDDIT_COMMENTS, statistics__csv=statistics
    )
    report = site.take(path)
    assert (report.imported, report.rejected) == (4, 1)
    link, text = posts(site)
    assert (site.handle(link.author), link.title, link.url, link.body) == ("mira", "Link", "https://a.example/", "")
    assert (text.url, text.body) == ("", "Own *words*")
    found = comments(site)
    assert (found["Mine"].post, found["Answer"].parent) == (text.post, found["Mine"].comment)
    assert site.take(path).already == 4


def test_reddits_files_alone_need_an_author(site, tmp_path):
    first, second = tmp_path / "posts.csv", tmp_path / "comments.csv"
    first.write_text(REDDIT_POSTS)
    second.write_text(REDDIT_COMMENTS)
    with pytest.raises(Unreadable, match="--author HANDLE"):
        site.take(first)
    assert site.take(first, options=Options(author="mira")).imported == 2
    assert site.take(second, options=Options(author="mira")).imported == 2


@pytest.mark.parametrize("column", ["post_raw", "post"])
def test_discourses_archive(site, tmp_path, column):
    content = (
        f"topic_title,categories,is_pm,{column},post_cooked,like_count,reply_count,url,created_at\n"
        "A topic,General,No,Opening *words*,<p>x</p>,1,1,https://forum.example/t/a-topic/12/1,2023-05-16 14:28:28 UTC\n"
        "A topic,General,No,My answer,<p>x</p>,1,1,https://forum.example/t/a-topic/12/3,2023-05-17 14:28:28 UTC\n"
        "Theirs,General,No,Elsewhere,<p>x</p>,1,1,https://forum.example/t/theirs/13/2,2023-05-17 14:28:28 UTC\n"
        "Secret,-,Yes,Private,<p>x</p>,1,1,https://forum.example/t/secret/14/1,2023-05-17 14:28:28 UTC\n"
    )
    report = site.take(zipped(tmp_path / "user_archive-mira-230601-101530.zip", user_archive__csv=content))
    assert (report.imported, report.rejected) == (2, 2)
    (topic,) = posts(site)
    assert (site.handle(topic.author), topic.title, topic.body) == ("mira", "A topic", "Opening *words*")
    assert comments(site)["My answer"].post == topic.post
    assert {cause for _, _, cause, _ in listed(report.rejects)} >= {"it is a private message"}
    path = tmp_path / "user_archive.csv"
    path.write_text(content)
    assert site.take(path, options=Options(author="mira")).already == 2


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>a*b_c [d] `e` &lt;f&gt;</p>", r"a\*b\_c \[d\] \`e\` \<f\>"),
        ('<a href="https://m.example/@b" class="u-url mention">@<span>b</span></a>', "[@b](<https://m.example/@b>)"),
        ('<a href="https://m.example/tags/x" class="mention hashtag">#<span>x</span></a>', "#x"),
        (
            '<a href="https://a.example/long/way"><span class="invisible">https://</span><span>a.example/long</span></a>',
            "<https://a.example/long/way>",
        ),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("<p>open <b>never", "open never"),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html, said):
    assert markdown(html) == said


def test_a_zip_of_something_else_is_refused(site, tmp_path):
    with pytest.raises(Unreadable, match=r"without any of these: comments\.csv"):
        site.take(zipped(tmp_path / "x.zip", readme__txt="hello"))
