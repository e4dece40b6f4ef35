"""An export of the format that sealed handles and reasons becomes one that doesn't, and says the same in every word.

tests/transfer/old_format has a site of that format, and what the code that wrote it made of it.
"""

import gzip
import hashlib
import json

import pytest
from click.testing import CliRunner

from cli.program import program
from domain import account, ids, post
from domain.errors import KeyReused
from domain.ids import is_id
from domain.messages import Envelope
from eventstore.chain import faults
from eventstore.codec import EventCodec
from tests.transfer.csv_site import row
from tests.transfer.old_format.folded import folded
from tests.transfer.old_format.site import EXPORT, FOLDED, NAMES
from transfer import convert_file
from transfer.jsonl_export import BadExport

AT = "2026-11-30T10:00:00.000000Z"


@pytest.fixture
def site(site, converted):
    """The converted export, imported."""
    report = site.take(converted)
    assert report.stored == len(old_commits())
    return site


def old_commits() -> list[dict]:
    return [json.loads(line) for line in EXPORT.read_bytes().splitlines()[:-1]]


def test_it_says_the_same_in_every_word(site):
    before = json.loads(FOLDED.read_text())
    after = json.loads(json.dumps(folded(site.store, site.bus.aggregates(), EventCodec())))
    for part in before:
        assert after[part] == before[part]


def test_nothing_sealed_names_anybody_but_by_id(site):
    people = {commit.stream.partition("-")[2] for commit in site.commits() if commit.stream.startswith("account-")}
    assert all(is_id(account) for account in people)
    for commit in site.commits():
        sealed = [commit.actor, commit.stream, commit.key, commit.command_id or "", commit.causation_id or ""]
        assert not [name for name in NAMES for part in sealed if name in part.replace("-", ":").split(":")]
        assert commit.actor == "verbatim" or is_id(commit.actor)
    for event, _ in site.events():
        assert all(is_id(getattr(event, name, commit.id)) for name in ("account", "author"))


def test_every_handle_is_claimed_by_the_commit_that_registered_it(site):
    claims = {commit.claim: commit for commit in site.commits() if commit.claim}
    registered = [commit for commit in site.commits() if commit.stream.startswith("account-") and commit.first == 1]
    assert sorted(claims) == sorted(f"handle:{site.handle(commit.actor)}" for commit in registered)
    assert all([event.type for event in one.events][:2] == ["AccountRegistered", "HandleClaimed"] for one in registered)


def test_ids_tell_when_somebody_registered_and_no_handle(tmp_path, converted):
    again = convert_file(EXPORT, tmp_path / "again.jsonl").path
    assert again.read_bytes() != converted.read_bytes()
    first = json.loads(converted.read_bytes().splitlines()[0])
    milliseconds = int(first["actor"].replace("-", "")[:12], 16)
    assert ids.uuid7(milliseconds)[:13] == first["actor"][:13]
    assert first["at"].startswith("2026-11-01T10:01:00")


def test_what_it_was_made_of_is_sealed_in_the_first_commit(site):
    *lines, ending = EXPORT.read_bytes().splitlines()
    evidence = json.loads(site.commits()[0].causation_id)["converted"]
    assert evidence == {
        "chain": json.loads(ending)["chain"], "commits": len(lines), "first": json.loads(lines[0])["id"],
        "last": json.loads(lines[-1])["id"], "sha256": hashlib.sha256(EXPORT.read_bytes()).hexdigest(),
    }  # fmt: skip
    assert list(faults(site.commits())) == []


def test_what_is_erased_stays_so_and_the_new_chain_explains_it(site, converted):
    before = [one for commit in old_commits() for one in commit["events"] if one.get("erased")]
    after = [event for commit in site.commits() for event in commit.events if event.erased]
    assert len(after) == len(before) > 5
    assert all(event.salt is None for event in after)
    assert not {event.digest for event in after} & {one["digest"] for one in before}
    for words in (b"nobody may know", b"My address", b"all about me", b"before skeletons"):
        assert words not in converted.read_bytes()


def test_the_old_chain_cant_be_made_again_from_what_is_left(site):
    """Else whoever tries all handles would learn from it which of them an erased one was."""
    salts = {one.get("salt") for commit in old_commits()[:1] for one in commit["events"]}
    assert not salts & {event.salt for commit in site.commits() for event in commit.events}
    about_people = [one for one in site.commits() if one.stream.partition("-")[0] in ("account", "token", "webhooks")]
    assert len(about_people) > 20
    assert not [commit for commit in about_people if commit.command_digest]


def test_a_repeated_command_has_no_second_effect(site):
    published = next(event for event, _ in site.events() if event.type == "PostPublished")
    repeated = post.NewPost(post=ids.uuid7(), title=published.title, body=published.body, url=published.url)
    envelope = Envelope(actor=published.author, at=AT, command_id="new-post")
    before = site.store.head()
    # With its own id it is the same command; with another one it would be another.
    receipt = site.bus.send(post.NewPost(**{**fields(repeated), "post": published.post}), envelope)
    assert (receipt.repeated, receipt.subject) == (True, published.post)
    with pytest.raises(KeyReused):
        site.bus.send(account.EditProfile(handle="ada", name="Ada L.", bio="Größe 🦉"), told("ada", site, "profile"))
    assert site.store.head() == before


def fields(command: post.NewPost) -> dict:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def told(handle: str, site, command_id: str) -> Envelope:
    return Envelope(actor=site.bus.aggregates().holder(handle), at=AT, command_id=command_id)


def test_what_was_imported_before_is_recognised(site, tmp_path):
    before = site.store.head()
    path = tmp_path / "posts.csv"
    path.write_text(
        "id,author,created_at,title,body,url\n"
        "r1,Python,2012-05-16T14:28:28Z,From elsewhere,Words,https://b.example/\n"
        "r2,Rust,2013-05-16T14:28:28Z,Also,Words,\n"
    )
    report = site.take(path)
    assert (report.imported, report.already, report.rejected) == (0, 2, 0)
    assert site.store.head() == before


def test_people_go_on_where_they_were(site):
    """Versions, roles and passwords are as decisions need them."""
    look = site.bus.aggregates()
    ada = look.account_named("ada")
    assert ada.password_hash == "$argon2$ of ada, at last"
    site.bus.send(account.EditProfile(handle="ada", name="Ada", bio=""), Envelope(actor="ada", at=AT))
    site.bus.send(account.EraseProfile(handle="bob", reason="again"), Envelope(actor="boss", at=AT))
    assert site.bus.aggregates().account_named("bob").name == ""
    site.bus.send(account.RegisterAccount(handle="new"), Envelope(actor="new", at=AT))
    site.store.check()


def test_a_handle_of_before_that_nobody_may_have_today_stays(site):
    assert site.bus.aggregates().holder("gone-7f3a")
    assert is_id(site.bus.aggregates().holder("gone-7f3a"))


def test_it_can_be_gzipped_and_its_name_says_so(tmp_path):
    path = tmp_path / "site.jsonl.gz"
    path.write_bytes(gzip.compress(EXPORT.read_bytes()))
    done = convert_file(path)
    assert done.path == tmp_path / "site.converted.jsonl.gz"
    assert gzip.decompress(done.path.read_bytes()).count(b"\n") == len(old_commits()) + 1
    assert "68 commits of 8 people" in done.text()
    assert "1 who acted and never registered" in done.text()


def test_an_export_of_before_is_refused_by_import_in_words(another, tmp_path):
    with pytest.raises(BadExport, match=r"sealed handles and reasons in the hash chain\. Convert it with") as caught:
        another.take(EXPORT)
    assert another.store.head() == (0, "")
    assert "empty site" in str(caught.value)


def test_the_command_line_says_what_came_of_it(tmp_path):
    run = CliRunner().invoke(program, ["convert", str(EXPORT), "--to", str(tmp_path / "new.jsonl")])
    assert (run.exit_code, "68 commits of 8 people converted" in run.output) == (0, True)
    run = CliRunner().invoke(program, ["convert", str(EXPORT), "--to", str(tmp_path / "new.jsonl")])
    assert (run.exit_code, "is there already" in run.output) == (1, True)


def test_a_row_of_somebody_new_comes_in_after_it(site, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("id,author,created_at,title,body,url,score,num_comments\n" + row("n1", "Python") + row("n2", "Go"))
    assert site.take(path).imported == 2
