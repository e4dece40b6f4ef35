"""Real posts come in once each, under their own names and times, and a bad row costs only itself."""

import gzip

import pytest

from domain.account import AccountRegistered, RegisterAccount
from domain.bus import CommandBus, operator
from domain.commit import stored_command_id
from domain.errors import Unavailable
from domain.handle import HandleClaimed
from domain.handlers import all_handlers
from domain.messages import Envelope
from domain.moderation.suspension import SuspendAccount
from domain.post import PostPublished
from eventstore.codec import EventCodec
from tests.transfer.csv_site import AT, HEADER, listed, posts, rejected, row
from transfer import posts_csv
from transfer.progress import no_progress
from transfer.source import Unreadable


def test_a_row_becomes_its_authors_post_at_its_own_time(site, take):
    report = take(row("a1", "MachineLearning", AT, "Title", "Body", "http://example.org/"))
    (registered, first), (claimed, _), (post, second) = site.events()
    account = registered.account
    assert registered == AccountRegistered(account=account, name="MachineLearning")
    assert claimed == HandleClaimed(account=account, handle="machinelearning")
    assert (first.actor, first.at) == (account, "2012-05-16T14:28:28.000000Z")
    assert post == PostPublished(
        post=post.post, author=account, title="Title", body="Body", url="http://example.org/",
        source="posts.csv:a1",
    )  # fmt: skip
    assert (second.actor, second.at, second.command_id) == (
        account, "2012-05-16T14:28:28.000000Z", stored_command_id(account, "import:a1"),
    )  # fmt: skip
    assert (report.imported, report.already, report.rejected, report.failed) == (1, 0, 0, False)
    assert "1 imported, 0 already there, 0 rejected" in report.text()
    assert (report.rejects, report.repairs) == (None, None)


def test_a_title_alone_is_enough_here(site, take):
    take(row(body="", url=""))
    assert posts(site)[0].title == "T"


def test_a_second_run_and_a_longer_file_double_nothing(site, take):
    take(row("a1"), row("a2"))
    before = site.commits()
    report = take(row("a1"), row("a2"), row("a3"))
    assert (report.imported, report.already) == (1, 2)
    assert site.commits()[:3] == before
    assert len(site.commits()) == 4


def test_rows_of_one_id_in_one_file_are_one_post(site, take):
    report = take(row("a1"), row("a1"), row("a1", title="Other"), row("a1", author="java"), row("a2"))
    assert (report.imported, report.already, report.rejected) == (2, 1, 2)
    assert rejected(report) == [
        (4, "a1", "This was sent before with other content. Send it again as something new."),
        (5, "a1", "This post is published already."),
    ]


def test_scraping_is_repaired_and_listed(site, take):
    report = take(
        row("a1", title="A &amp;amp; B &lt;3", body="&quot;x&quot;", url="http://a.org/?a=1&amp;b=2"),
        row("a2", title="\x93Quoted\x94 \x10and\x7f \x81gone", body="plain"),
        row("a3", title="fine", body="fine & dandy"),
        row("a4", title="link", url="http://a.org/Going Deep/\n2"),
    )
    texts = [(post.title, post.body, post.url) for post in posts(site)]
    assert texts == [
        ("A &amp; B <3", '"x"', "http://a.org/?a=1&b=2"),
        ("“Quoted” and gone", "plain", ""),
        ("fine", "fine & dandy", ""),
        ("link", "B", "http://a.org/Going%20Deep/%0A2"),
    ]
    assert report.repaired == 3
    assert listed(report.repairs) == [
        ["2", "a1", "html entities"],
        ["3", "a2", "C1 characters, control characters"],
        ["5", "a4", "white space in the url"],
    ]
    assert "3 were repaired" in report.text()


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (row(at="yesterday"), "its date isn't ISO 8601"),
        (row(at=""), "its date isn't ISO 8601"),
        (row(at="2012-05-16T14:28:28"), "its date has no time zone; --timezone says which is meant"),
        (row(at="1969-12-31T23:59:59Z"), "its date is before 1970"),
        (row(at="0001-01-01T00:00:00+14:00"), "its date isn't ISO 8601"),
        (row(id=""), "its id is empty"),
        (row(author=""), "Handle can't be empty."),
        (row(author="a b"), "Handle may have the letters a to z, digits, _ and -, and can't start with -."),
        (row(author="x" * 41), "Handle is 41 characters long; 40 is the most."),
        (row(author="verbatim"), "@verbatim belongs to somebody who registered it here; nobody may post in their name"),
        (
            row(author="gone-7f3a"),
            "@gone-7f3a stands for an account without a handle; nobody may have it, or post in its name",
        ),
        (
            row(author="0192f0c1-7a3b-7c00-8000-0123456789ab"),
            "@0192f0c1-7a3b-7c00-8000-0123456789ab is written like an id; nobody may have it, or post in its name",
        ),
        (row(title=""), "Title can't be empty."),
        (row(title="t" * 301), "Title is 301 characters long; 300 is the most."),
        (row(body="b" * 40_001), "Body is 40,001 characters long; 40,000 is the most."),
        (row(url="javascript:alert(1)"), "Url must be a whole address that starts with https:// or http://."),
        (row(body="a\0b"), "a NUL character is in it"),
        (row(id="i" * 300), "Source is 310 characters long; 200 is the most."),
        ("a1,python\n", "2 columns where there should be 8"),
        (row().rstrip("\n") + ",9\n", "9 columns where there should be 8"),
        ('a1,x"y,"z"z,1\n', "malformed CSV (',' expected after '\"')"),
        (b"a1,python,2012-05-16T14:28:28Z,\xff\xfe,B,,1,1\n", "not valid UTF-8"),
        (b"a1,python,2012-05-16T14:28:28Z,\xed\xa0\x80,B,,1,1\n", "not valid UTF-8"),
        (row(body="b" * 131_073), "a field is longer than 131,072 characters, or a quote is never closed"),
    ],
)
def test_a_bad_row_is_listed_with_its_line_and_cause_and_the_rest_goes_on(site, take, bad, cause):
    report = take(row("ok1", body="two\nlines"), bad, row("ok2"))
    assert (report.imported, report.rejected, report.failed) == (2, 1, False)
    assert [(line, said) for line, _, said in rejected(report)] == [(4, cause)]
    original = bad if isinstance(bad, bytes) else bad.encode()
    assert listed(report.rejects)[0][3].encode(errors="surrogateescape") == original.rstrip(b"\n")
    assert [post.source for post in posts(site)] == ["posts.csv:ok1", "posts.csv:ok2"]
    assert f"{report.rejects} has each rejected row" in report.text()


def test_a_quote_that_never_closes_costs_its_own_row_only(site, take):
    report = take(row("ok1"), f'bad,Python,{AT},"never closed,B,,1,1\nstill it\n', row("ok2"), row("ok3"))
    assert [(line, id) for line, id, _ in rejected(report)] == [(3, "")]
    assert [post.source for post in posts(site)] == ["posts.csv:ok1", "posts.csv:ok2", "posts.csv:ok3"]
    assert "never closed" in rejected(report)[0][2]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_quote_that_never_closes_in_the_middle_of_many_rows(site, take, quoted):
    """Later quotes close it in the wrong place, or nothing closes it for longer than any field is."""
    many = [row(f"r{at}", body="with, comma" if quoted else "b" * 900) for at in range(300)]
    report = take(*many[:100], f'bad,Python,{AT},"open,B,,1,1\n', *many[100:])
    assert (report.imported, report.rejected) == (300, 1)
    assert rejected(report)[0][0] == 102


def test_the_line_is_the_one_where_the_row_starts(site, take):
    report = take(row("a1", body="1\n2\n\n4"), "\n", row("a2", body="x\ny", title=""), row("a3", title=""))
    assert [(line, id) for line, id, _ in rejected(report)] == [(7, "a2"), (9, "a3")]


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(site, take):
    report = take(row("a1").replace("\n", "\r\n"), header="\ufeff" + HEADER.replace("\n", "\r\n"))
    assert (report.imported, report.rejected) == (1, 0)


def test_a_file_cut_off_is_reported_after_what_could_be_read(site, tmp_path):
    rows = "".join(row(f"r{at}", title=f"{at * 7919}") for at in range(5_000))
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(gzip.compress((HEADER + rows).encode())[:-20_000])
    report = site.take(path)
    assert 2_000 < report.imported < 5_000
    assert report.failed
    assert "cut off" in report.text()
    assert f"import {path} again" in report.text()


def test_a_damaged_gzip_is_reported_too(site, tmp_path):
    packed = bytearray(gzip.compress((HEADER + row("a1")).encode()))
    packed[-6] ^= 1
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(packed)
    report = site.take(path)
    assert report.imported == 1
    assert "damaged" in report.error


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing in it"),
        (b"\n \n", "nothing in it"),
        (b"a,b\n1,2\n", "no file of posts"),
        (b"\0" * 99, "no file of posts"),
    ],
)
def test_another_kind_of_file_is_refused(site, tmp_path, content, words):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        site.take(path)
    with pytest.raises(Unreadable, match="can't be read"):
        site.take(tmp_path / "absent")


def test_nobody_is_spoken_for(site, take):
    site.bus.send(RegisterAccount(handle="python", password_hash="$argon2$"), Envelope(actor="python", at=AT))
    site.bus.send(
        RegisterAccount(handle="java", name="Java", password_hash="$argon2$"),
        Envelope(actor="java", at=AT, command_id="import"),
    )
    report = take(row("a1", "Python"), row("a2", "Java"), row("a3", "haskell"))
    taken = "@{} belongs to somebody who registered it here; nobody may post in their name"
    assert rejected(report) == [(2, "a1", taken.format("python")), (3, "a2", taken.format("java"))]
    assert [site.handle(post.author) for post in posts(site)] == ["haskell"]


def test_one_author_in_two_spellings_is_one_account(site, take):
    assert take(row("a1", "Python"), row("a2", "PYTHON"), row("a3", "ｐｙｔｈｏｎ")).imported == 3
    assert {site.handle(post.author) for post in posts(site)} == {"python"}


def test_a_suspended_author_is_rejected_with_that_cause(site, take):
    take(row("a1"))
    site.bus.send(SuspendAccount(handle="python", reason="spam"), operator(AT))
    report = take(row("a1"), row("a2"))
    assert (report.already, report.rejected, "suspended" in rejected(report)[0][2]) == (1, 1, True)


def test_a_stop_comes_between_batches_and_says_how_to_go_on(site, tmp_path, monkeypatch):
    monkeypatch.setattr(posts_csv, "BATCH_ROWS", 10)
    path = tmp_path / "posts.csv"
    path.write_text(HEADER + "".join(row(f"r{at}") for at in range(35)))
    seen: list[tuple[int, int]] = []
    options = {"progress": lambda done, total: seen.append((done, total))}
    report = posts_csv.import_posts(path, site.bus, site.folder, stopped=lambda: len(seen) == 2, **options)
    assert (report.imported, report.stopped, report.failed) == (20, True, True)
    assert f"Stopped. To go on, import {path} again: nothing is doubled." in report.text()
    report = posts_csv.import_posts(path, site.bus, site.folder, progress=no_progress)
    assert (report.imported, report.already) == (15, 20)


def test_a_store_that_cant_write_stops_the_import_and_says_so(site, tmp_path):
    class Full:
        def append_many(self, commits):
            if commits:
                raise Unavailable("The disk is full. Nothing was stored; try again.")
            return []

        def __getattr__(self, name):
            return getattr(site.store, name)

    path = tmp_path / "posts.csv"
    path.write_text(HEADER + row())
    bus = CommandBus(Full(), EventCodec(), all_handlers())
    report = posts_csv.import_posts(path, bus, site.folder, progress=no_progress)
    assert report.failed
    assert all(words in report.text() for words in ("The disk is full", "nothing is doubled"))
