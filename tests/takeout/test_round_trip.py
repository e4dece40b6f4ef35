"""A takeout comes back: imported into an empty site, texts, times, titles and tags are what they were."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from domain import account, comment, handle, ids, post
from domain.messages import Envelope
from readmodel.accounts import accounts
from readmodel.comments import comments
from readmodel.handles import account_of
from readmodel.posts import posts
from tests.people import id_of
from tests.takeout.conftest import TakeoutSite
from transfer import import_file

HOSTILE = (
    "</script><script>alert(1)</script>",
    "&amp; &lt;b&gt; stays as it is",
    "עברית and English, \u202eoverride",
    "# A heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`code` #tag @bob",
    "\u2028 𝄞 e\u0301 \U0001f468\u200d\U0001f469",
)


def shown(site: TakeoutSite, table, *names: str):  # type: ignore[no-untyped-def]
    with site.generations.live().read() as connection:
        author = account_of(connection, "ann")
        rows = connection.execute(select(*(table.c[name] for name in names)).where(table.c.author == author))
        return sorted(tuple(row) for row in rows)


def taken_back(site: TakeoutSite, folder: Path) -> tuple[TakeoutSite, str]:
    file = folder / "takeout.zip"
    file.write_bytes(site.archive("ann").data)
    other = TakeoutSite(folder / "other")
    summary = import_file(file, store=other.store, bus=other.bus, folder=other.folder)
    assert not summary.failed
    other.project()
    return other, summary.text()


def test_everything_that_is_ones_own_comes_back(site: TakeoutSite, tmp_path: Path) -> None:
    site.register("ann", "bob")
    site.send(account.EditProfile(handle="ann", name="Ann Bee", bio="Says *things*.\n\nAnd &amp; more."))
    for number, text in enumerate(HOSTILE):
        id, at = ids.uuid7(), f"2025-03-0{number + 1}T10:20:30.123456Z"
        envelope = Envelope(actor="ann", at=at)
        site.bus.send(post.NewPost(post=id, title=f"{number} {text.split(chr(10))[0]}", body=text, url=""), envelope)
        site.send(comment.AddComment(comment=ids.uuid7(), post=id, body=text))
    other, said = taken_back(site, tmp_path)
    for table, names in ((posts, ("title", "body", "url", "tags", "created_at")), (comments, ("body", "created_at"))):
        assert shown(other, table, *names) == shown(site, table, *names)
    with other.generations.live().read() as connection, site.generations.live().read() as before:
        columns = (accounts.c.name, accounts.c.bio, accounts.c.joined_at)
        wanted = select(*columns).where(accounts.c.handle == "ann")
        assert connection.execute(wanted).one() == before.execute(wanted).one()
    assert "10 imported, 0 already there, 0 rejected" in said
    again = import_file(tmp_path / "takeout.zip", store=other.store, bus=other.bus, folder=other.folder)
    assert "0 imported, 10 already there, 0 rejected" in again.text()
    other.close()


def test_an_account_is_another_one_by_todays_handle(site: TakeoutSite, tmp_path: Path) -> None:
    """Where it comes back it has an id of its own, and nothing of what it was called before."""
    site.register("ann")
    site.publish("Mine")
    until = ids.from_now(timedelta(days=365))
    site.send(handle.ChangeHandle(handle="ann", new_handle="anne", now=ids.now(), former_until=until))
    other, said = taken_back(site, tmp_path)
    assert "1 imported" in said
    with other.generations.live().read() as connection:
        (account,) = connection.execute(select(accounts.c.id, accounts.c.handle))
        author = connection.execute(select(posts.c.author)).scalar_one()
    assert (account.handle, author) == ("anne", account.id)
    assert account.id != id_of("ann")
    other.close()


def test_what_cant_come_back_is_counted_and_listed(site: TakeoutSite, tmp_path: Path) -> None:
    site.register("ann", "bob")
    mine, others, gone = site.publish("Mine"), site.publish("Of bob", "bob"), site.publish("Gone")
    site.send(post.RemovePost(post=gone))
    site.comment(others, "ann")
    said = site.comment(mine, "bob")
    site.send(comment.AddComment(comment=ids.uuid7(), post=mine, body="an answer to bob", parent=said))
    other, text = taken_back(site, tmp_path)
    assert "2 imported, 0 already there, 2 rejected" in text
    assert "1 of them are comments in threads that aren't here." in text
    assert "1 comments answer ones that aren't in the takeout" in text
    rejected = (other.folder / "takeout.zip.rejects.csv").read_text()
    assert "it was removed" in rejected
    assert others in rejected
    assert [body for (body,) in shown(other, comments, "body")] == ["an answer to bob"]
    other.close()


def test_threads_of_others_are_found_where_they_were_imported_before(site: TakeoutSite, tmp_path: Path) -> None:
    site.register("ann", "bob")
    others = site.publish("Of bob", "bob")
    site.comment(others, "ann")
    other = TakeoutSite(tmp_path / "both")
    for who in ("bob", "ann"):
        file = tmp_path / f"{who}.zip"
        file.write_bytes(site.archive(who).data)
        summary = import_file(file, store=other.store, bus=other.bus, folder=other.folder)
    other.project()
    assert "1 imported" in summary.text()
    assert len(shown(other, comments, "body")) == 1
    other.close()
