"""Files of posts as people have them: columns in any order, other delimiters and encodings, dates without a zone."""

import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from domain.errors import Refused
from tests.transfer.csv_site import AT, listed, posts, rejected, row
from transfer import Options
from transfer.source import Unreadable

LINE = "id{0}author{0}created_at{0}title{0}body\na1{0}mira{0}2012-05-16T14:28:28Z{0}Größe{0}Words\n"


def test_columns_are_found_by_name_in_any_order_and_unknown_ones_ignored(site, take):
    report = take(
        'A title,17,"2012-05-16T14:28:28Z",mira,"with, comma",a1\n', header="Title, Score ,Created-At,AUTHOR,body,ID\n"
    )
    assert (report.imported, report.rejected) == (1, 0)
    (post,) = posts(site)
    assert (post.title, site.handle(post.author), post.body, post.url) == ("A title", "mira", "with, comma", "")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_first_line(site, tmp_path, delimiter):
    path = tmp_path / "posts.csv"
    path.write_text(LINE.format(delimiter))
    report = site.take(path)
    assert (report.imported, posts(site)[0].title) == (1, "Größe")
    assert ("between the columns" in report.text()) == (delimiter != ",")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_and_line_ends_are_told(site, tmp_path, encoding, end):
    path = tmp_path / "posts.csv"
    path.write_bytes(LINE.format(",").replace("\n", end).encode(encoding))
    report = site.take(path)
    assert (report.imported, report.rejected, posts(site)[0].title) == (1, 0, "Größe")


STRANGE = [
    b"\xff\xfe", b"\xff\xfe\x00", b"\x00\x00\x00\x00", b"\r\r\r", b'id,author,created_at,title\r"', b'"\r\n"',
    b"\xff" * 50, b"PK\x03\x04broken", b"{", b'{"@context": 1}', b'{"orderedItems": 7}',
    b"id;id;id\n", b"\x1f\x8bnot gzip", b",,,\n",
    b'id,author,created_at,title\n\x00\r"a\r\n', LINE.format(",").encode("utf-16")[:-3],
    LINE.format(",").encode("utf-16-be")[1:], b"id,author,created_at,title\na,b\rc,d\n", b'"id\n,author\n',
]  # fmt: skip


@pytest.mark.parametrize("content", STRANGE)
def test_nothing_is_a_traceback(site, tmp_path, content):
    """Refused in words, or taken in with what can't be read rejected."""
    path = tmp_path / "posts.csv"
    path.write_bytes(content)
    with suppress(Refused):
        assert site.take(path).imported <= 1


def test_what_is_missing_is_said_with_all_that_is_wanted(site, take):
    with pytest.raises(Unreadable) as caught:
        take("1,2\n", header="id,headline\n")
    said = str(caught.value)
    assert "lacks author, created_at, title" in said
    assert "body, url" in said
    assert "It has id, headline" in said


def test_dates_without_a_zone_are_read_in_the_one_that_is_said(site, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("id,author,created_at,title\na1,mira,2012-05-16 14:28:28,T\na2,mira,2012-01-16 14:28:28,T\n")
    assert rejected(site.take(path))[0][2] == "its date has no time zone; --timezone says which is meant"
    report = site.take(path, options=Options(zone=zoneinfo.ZoneInfo("Europe/Berlin")))
    assert (report.imported, report.rejected) == (2, 0)
    assert sorted(commit.at[:19] for event, commit in site.events() if event in posts(site)) == [
        "2012-01-16T13:28:28",
        "2012-05-16T12:28:28",
    ]


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("31.12.2020", "2020-12-30T23:00:00"),
        ("1.2.2012", "2012-01-31T23:00:00"),
        ("01.02.2012 09:05", "2012-02-01T08:05:00"),
        ("01.02.2012 9:05", "2012-02-01T08:05:00"),
        ("01.02.2012, 09:05:07", "2012-02-01T08:05:07"),
        ("01.02.2012 09:05 UTC", "2012-02-01T09:05:00"),
        ("01.02.2012 09:05+02:00", "2012-02-01T07:05:00"),
    ],
)
def test_dates_with_dots_begin_with_the_day(site, take, typed, moment):
    path = take(row("a1", at="never")).path
    path.write_text(f'id,author,created_at,title\na1,mira,"{typed}",T\n')
    report = site.take(path, options=Options(zone=zoneinfo.ZoneInfo("Europe/Berlin")))
    assert (report.imported, report.rejected) == (1, 0)
    assert [commit.at[:19] for event, commit in site.events() if event in posts(site)] == [moment]


@pytest.mark.parametrize("typed", ["01/02/2026", "1/2/26", "01/02/2026 10:00", "31/12/2020"])
def test_dates_that_do_not_tell_day_from_month_are_refused(take, typed):
    assert "doesn't tell day from month" in rejected(take(row(at=typed)))[0][2]


@pytest.mark.parametrize("typed", ["32.01.2020 10:00Z", "01.13.2020 10:00Z", "01.02.20 10:00Z", "01.02.2020 25:00Z"])
def test_dates_that_never_were_are_refused(take, typed):
    assert rejected(take(row(at=typed)))[0][2] == "its date isn't ISO 8601"


def test_a_broken_row_before_a_date_with_dots_costs_itself(site, take):
    good = "{0},mira,01.02.2012 09:05Z,T\n"
    bad = 'bad,mira,01.02.2012 09:05Z,"open\n'
    report = take(good.format("a1"), bad, good.format("a2"), header="id,author,created_at,title\n")
    assert (report.imported, report.rejected) == (2, 1)


def test_dates_in_the_future_are_rejected(site, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text(
        "id,author,created_at,title\n"
        + "".join(f"a{n},mira,{at},T\n" for n, at in enumerate((AT, "2099-01-01T00:00:00Z")))
    )
    report = site.take(path)
    assert (report.imported, [cause for _, _, cause in rejected(report)]) == (1, ["its date is in the future"])
    report = site.take(path, options=Options(now=datetime(2100, 1, 1, tzinfo=UTC)))
    assert report.imported == 1


def test_rejects_fail_only_a_strict_import(site, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("id,author,created_at,title\n" + f"a1,mira,{AT},T\na2,mira,never,T\n")
    lenient = site.take(path)
    assert (lenient.rejected, lenient.failed) == (1, False)
    assert listed(lenient.rejects)
    assert site.take(path, options=Options(strict=True)).failed


def test_a_broken_row_costs_itself_with_other_columns_too(site, take):
    good = "T;{0};2012-05-16T14:28:28Z;mira\n"
    report = take(
        good.format("a1"),
        'T;"bad;2012-05-16T14:28:28Z;mira\n',
        good.format("a2"),
        header="title;id;created_at;author\n",
    )
    assert (report.imported, report.rejected) == (2, 1)


def test_the_old_columns_still_do(site, take):
    assert take(row("a1")).imported == 1
