"""A conversion that can't be right is refused in words, names nobody, and writes nothing."""

import gzip
import hashlib
import json
from collections.abc import Callable

import pytest

from domain.errors import Unavailable
from eventstore.codec import canonical_json, digest
from tests.transfer.old_format.site import EXPORT, NAMES
from transfer import convert_file
from transfer.jsonl_export import BadExport
from transfer.old_export import OldExport


def changed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


def resealed(change: Callable[[list[dict]], None]) -> Callable[[bytes], bytes]:
    """An export that was changed by somebody who makes a new chain."""

    def make(content: bytes) -> bytes:
        commits = [json.loads(line) for line in content.splitlines()[:-1]]
        change(commits)
        chain = ""
        for position, commit in enumerate(commits, 1):
            sealed = {name: value for name, value in commit.items() if name not in ("position", "chain")}
            sealed["events"] = [{name: one[name] for name in ("digest", "schema", "type")} for one in commit["events"]]
            chain = hashlib.sha256(chain.encode() + canonical_json(sealed) + str(position).encode()).hexdigest()
            commit |= {"position": position, "chain": chain}
        lines = [*commits, {"chain": chain, "commits": len(commits)}]
        return b"".join(canonical_json(line) + b"\n" for line in lines)

    return make


def without_erasures(commits: list[dict]) -> None:
    commits[:] = [one for one in commits if one["events"][0]["type"] != "PostErased"]


def other_text_in_erased(commits: list[dict]) -> None:
    (first, *_) = [one for commit in commits for one in commit["events"] if one.get("erased")]
    first["data"]["body"] = "put back"


def put_back(commits: list[dict]) -> None:
    (first, *_) = [one for commit in commits for one in commit["events"] if one.get("erased")]
    del first["erased"]
    first |= {"salt": "0" * 32, "digest": digest("0" * 32, canonical_json(first["data"]))}


def of_the_future(commits: list[dict]) -> None:
    commits[5]["events"][0]["type"] = "FromTheFuture"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(b'"actor":"ada"', b'"actor":"eve"'), "line 1: commit .* isn't what the chain was made over"),
        (changed(b"He said sorry", b"He was sorry"), "line 12: commit .* isn't what the chain was made over"),
        (changed("Größer".encode(), b"Small"), "differs from its digest"),
        (changed(b'"commits":68', b'"commits":67'), "doesn't end with the line"),
        (changed(b'\n{"chain"', b'\n\n{"chain"'), "line 69: This is no commit"),
        (changed(b'"position":3,', b'"position":3, '), "line 3: this isn't the canonical form"),
        (lambda content: content[:-80], "line 69: This is no commit"),
        (lambda content: b"".join(content.splitlines(keepends=True)[:-1]), "doesn't end with the line"),
        (lambda content: b"".join(content.splitlines(keepends=True)[1:]), "line 1: position 1 is missing"),
        (lambda content: content + b"{}\n", "line 70: something follows the line that ends an export"),
        (lambda content: gzip.compress(content)[:-300], "cut off|is damaged"),
        (lambda _: b"nonsense ada\n", "line 1: This is no commit"),
        (lambda _: b"", "doesn't end with the line"),
        (lambda _: canonical_json({"chain": "", "commits": 0}) + b"\n", "names nobody by handle"),
        (resealed(without_erasures), "no event of its stream says so"),
        (resealed(other_text_in_erased), "isn't what its erasure left"),
        (resealed(put_back), "still stands in the export"),
        (resealed(of_the_future), "line 6: this version can't read .*FromTheFuture of schema 1"),
    ],
)
def test_a_damaged_export_is_refused_without_a_name_and_nothing_is_written(tmp_path, change, words):
    path = tmp_path / "old.jsonl"
    path.write_bytes(change(EXPORT.read_bytes()))
    with pytest.raises(BadExport, match=words) as caught:
        convert_file(path)
    said = str(caught.value).replace(str(path), "")
    assert not [name for name in NAMES if name in said.replace("nobody by", "").split()]
    assert "Größe" not in said
    assert [found.name for found in tmp_path.iterdir()] == ["old.jsonl"]


def test_an_export_of_today_is_not_converted(tmp_path, converted):
    with pytest.raises(BadExport, match="needs no converting"):
        convert_file(converted, tmp_path / "twice.jsonl")


def test_nothing_is_written_over(tmp_path, converted):
    before = converted.read_bytes()
    with pytest.raises(Unavailable, match="is there already"):
        convert_file(EXPORT, converted)
    assert converted.read_bytes() == before

    def come_meanwhile(done: int, _total: int) -> None:
        if done:
            (tmp_path / "late.jsonl").write_bytes(b"somebody's")

    with pytest.raises(Unavailable, match="can't be written: File exists"):
        convert_file(EXPORT, tmp_path / "late.jsonl", come_meanwhile)
    assert (tmp_path / "late.jsonl").read_bytes() == b"somebody's"
    assert not list(tmp_path.glob("*.part"))


def test_stopped_it_leaves_nothing(tmp_path):
    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_file(EXPORT, tmp_path / "new.jsonl", stop)
    assert list(tmp_path.iterdir()) == []


def test_what_cant_be_written_is_said_in_words(tmp_path):
    with pytest.raises(Unavailable, match="can't be written: No such file"):
        convert_file(EXPORT, tmp_path / "absent" / "new.jsonl")


def test_one_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_bytes(EXPORT.read_bytes())
    export = OldExport(path)
    export.verify(lambda _done, _total: None)
    path.write_bytes(resealed(lambda commits: commits.pop())(EXPORT.read_bytes()))
    with pytest.raises(BadExport, match="was changed while it was read"):
        list(export.commits())
