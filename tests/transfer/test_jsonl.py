"""An export has every commit, byte for byte, and taking it in gives the same store or says which line is wrong."""

import csv
import gzip
import io
import json
import random
from collections.abc import Callable

import msgspec
import pytest

from domain.account import AccountRegistered
from domain.errors import Unavailable
from eventstore.codec import encode_commit
from tests.eventstore.samples import commit, erased, published, text
from tests.transfer.shared import real_posts
from transfer import export_file, jsonl_export, jsonl_import
from transfer.jsonl_export import BadExport, export


@pytest.fixture
def filled(site):
    """Seven commits, one text of them erased."""
    site.store.append(commit("account-ada", 1, AccountRegistered(account="ada", name="Ada"), command_id="ada:1"))
    site.store.append(commit("post-a", 1, published("Größe 🦉\n"), text("two")))
    site.store.append_many([commit(f"post-{at}", 1, published(f"secret {at}")) for at in range(4)])
    site.store.append(commit("post-2", 2, erased(1)), erase=[1])
    return site


@pytest.fixture
def lines(filled):
    return exported(filled).splitlines(keepends=True)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "export.jsonl"


def exported(site) -> bytes:
    out = io.BytesIO()
    assert export(site.store, out).commits == site.store.head()[0]
    return out.getvalue()


def test_a_line_is_a_commit_in_canonical_form(filled, lines):
    assert [json.loads(line)["position"] for line in lines[:-1]] == [1, 2, 3, 4, 5, 6, 7]
    assert [line.rstrip(b"\n") for line in lines[:-1]] == [encode_commit(found) for found in filled.commits()]
    assert json.loads(lines[-1]) == {"commits": 7, "chain": filled.store.head()[1]}


@pytest.mark.parametrize("name", ["export.jsonl", "export.jsonl.gz", "export"])
def test_an_export_taken_in_gives_the_same_export(filled, another, tmp_path, name):
    path = tmp_path / name
    assert export_file(filled.store, path) == 7
    assert [found.name for found in tmp_path.glob("*.part")] == []
    report = another.take(path)
    assert (report.stored, report.already, report.failed) == (7, 0, False)
    assert "7 commits stored, 0 already there" in report.text()
    assert exported(another) == exported(filled)
    another.store.check()


def test_taking_it_in_again_stores_nothing_and_a_longer_one_goes_on(filled, another, file):
    export_file(filled.store, file)
    another.take(file)
    filled.store.append(commit("post-a", 3))
    assert another.take(file).already == 7
    export_file(filled.store, file)
    report = another.take(file)
    assert (report.stored, report.already) == (1, 7)
    assert exported(another) == exported(filled)


def test_a_stop_comes_between_batches_and_it_can_go_on(filled, another, file, monkeypatch):
    monkeypatch.setattr(jsonl_import, "BATCH_COMMITS", 2)
    export_file(filled.store, file)
    report = jsonl_import.restore(file, another.store, stopped=lambda: another.store.head()[0] >= 4)
    assert (report.stored, report.stopped, report.failed) == (4, True, True)
    assert f"To go on, import {file} again." in report.text()
    report = jsonl_import.restore(file, another.store)
    assert (report.stored, report.already) == (3, 4)
    assert exported(another) == exported(filled)


def changed(lines: list[bytes], at: int, old: bytes, new: bytes) -> list[bytes]:
    assert old in lines[at]
    return [*lines[:at], lines[at].replace(old, new, 1), *lines[at + 1 :]]


def ended(last: bytes) -> bytes:
    """The line that would end an export after this commit."""
    commit = json.loads(last)
    return json.dumps({"chain": commit["chain"], "commits": commit["position"]}, separators=(",", ":")).encode() + b"\n"


def in_erased(lines: list[bytes], old: bytes, new: bytes) -> list[bytes]:
    """Changes the data of an erased event."""
    (at,) = [at for at, line in enumerate(lines) if b'"erased":true' in line]
    return changed(lines, at, old, new)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: changed(lines, 1, "Größe".encode(), "Grösse".encode()), "line 2: .* differs from its digest"),
        (lambda lines: changed(lines, 2, b'"actor":"ada"', b'"actor":"eve"'), "line 3: .* the chain was made over"),
        (lambda lines: changed(lines, 2, b",", b", "), "line 3: this isn't the canonical form"),
        (lambda lines: changed(lines, 2, b'"type"', b'"typo"'), "line 3: a stored commit is malformed"),
        (lambda lines: [*lines[:2], b"nonsense\n", *lines[2:]], "line 3: a stored commit is malformed"),
        (lambda lines: [*lines[:2], b"\xff\n", *lines[2:]], "line 3: a stored commit is malformed"),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], "line 3: a stored commit is malformed"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3: position 3 is missing"),
        (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "line 3: position 3 is missing"),
        (lambda lines: [*lines[:3], *lines[2:]], "line 4: position 4 is missing"),
        (lambda lines: lines[:-1], "no line at its end that says how many commits"),
        (lambda lines: lines[:-2], "no line at its end that says how many commits"),
        (lambda lines: [*lines[:-1], lines[-1][:-9]], "line 8: a stored commit is malformed"),
        (lambda lines: [*lines[:-2], lines[-1]], "says at its end that it holds 7 commits.* it holds 6"),
        (lambda lines: changed(lines, 7, b'"commits":7', b'"commits":8'), "holds 8 commits.* it holds 7"),
        (lambda lines: changed(lines, 7, b'"chain":"', b'"chain":"0'), "says at its end"),
        (lambda lines: [*lines, lines[0]], "line 9: something follows the line that ends an export"),
        (lambda lines: [*lines[:6], ended(lines[5])], "is erased, but no event of the stream says so"),
        (lambda lines: in_erased(lines, b'"post":', b'"note":"new words","post":'), "is erased, but note can't be"),
        (
            lambda lines: in_erased(lines, b'"author":"ada",', b'"author":"ada","body":"new",'),
            "is erased, but body can't",
        ),
        (lambda lines: in_erased(lines, b'"author":"ada"', b'"author":"eve"'), "isn't what its erasure left"),
        (lambda lines: lines[-1:], "says at its end that it holds 7 commits.* it holds 0"),
        (lambda lines: lines[1:], "line 1: position 1 is missing"),
    ],
)
def test_what_isnt_as_it_was_exported_is_refused_whole_and_the_line_named(lines, another, file, change, words):
    file.write_bytes(b"".join(change(lines)))
    with pytest.raises(BadExport, match=words) as caught:
        another.take(file)
    assert "nothing was stored" in str(caught.value).lower()
    assert another.store.head() == (0, "")


def test_an_export_cut_off_while_zipped_is_refused(filled, another, file):
    file.write_bytes(gzip.compress(exported(filled))[:-30])
    with pytest.raises(BadExport):
        another.take(file)
    assert another.store.head() == (0, "")


def test_an_export_of_another_site_is_refused(filled, another, file):
    export_file(filled.store, file)
    another.store.append(commit("post-x", 1))
    with pytest.raises(BadExport, match=r"line 1: .* of another site.* empty folder"):
        another.take(file)
    assert another.store.head()[0] == 1


def test_an_export_older_than_an_erasure_is_refused(filled, file):
    export_file(filled.store, file)
    filled.store.append(commit("post-1", 2, erased(1)), erase=[1])
    with pytest.raises(BadExport, match=r"line 4: .* older than an erasure"):
        filled.take(file)


def test_an_event_this_version_doesnt_know_is_refused(another, site, file):
    strange = commit("post-a", 1)
    event = msgspec.structs.replace(strange.events[0], type="FromTheFuture")
    site.store.append(msgspec.structs.replace(strange, events=(event,)))
    export_file(site.store, file)
    with pytest.raises(BadExport, match=r"line 1: .* FromTheFuture .* newer"):
        another.take(file)


def test_a_text_erased_while_an_export_is_made_is_not_in_it(filled, another, tmp_path):
    """Once after its commit was written, once before; the events that say so come later than the export began."""
    path = tmp_path / "export.jsonl"

    def erase_meanwhile(done: int, total: int) -> None:
        if done == 7 and total == 7:
            filled.store.append(commit("post-3", 2, erased(1)), erase=[1])
            filled.store.append(commit("post-0", 2, erased(1)), erase=[1])

    def erase_before(done: int, total: int) -> None:
        if done == 2 and total == 9:
            filled.store.append(commit("post-1", 2, erased(1)), erase=[1])
            filled.store.append(commit("post-a", 3, erased(1, 2, edits=[2])), erase=[1, 2])

    assert export_file(filled.store, path, erase_meanwhile) == 7
    another.take(path)
    with_batches(2, lambda: export_file(filled.store, path, erase_before))
    assert b"secret 1" not in path.read_bytes()
    assert "Größe".encode() not in path.read_bytes()
    assert sorted(found.name for found in tmp_path.glob("*.part")) == []


def with_batches(size: int, work: Callable[[], object]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jsonl_export, "BATCH_COMMITS", size)
        work()


def test_an_export_that_cant_be_written_leaves_nothing(filled, tmp_path):
    with pytest.raises(Unavailable, match="can't be written"):
        export_file(filled.store, tmp_path / "absent" / "export.jsonl")
    assert not (tmp_path / "absent").exists()


@pytest.mark.slow
def test_real_posts_go_out_and_in_byte_for_byte(site, another, tmp_path):
    """A sample of 2,000 of them."""
    with gzip.open(real_posts(), "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    sample = tmp_path / "sample.csv"
    with sample.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *random.Random(11).sample(rows, 2_000)])
    assert site.take(sample).imported == 2_000
    export_file(site.store, tmp_path / "export.jsonl.gz")
    another.take(tmp_path / "export.jsonl.gz")
    assert exported(another) == exported(site)
    assert another.commits() == site.commits()
