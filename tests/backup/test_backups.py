"""A backup holds every commit up to a position, whole and as it was, whatever happens while it is written."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from pyrage import x25519

from backup import folder as folders
from backup import writing
from backup.encryption import BadKey, Key
from backup.folder import BackupFolder, BadBackup
from backup.reading import chosen_set, commits, examine
from domain import ids, post
from domain.errors import Damaged, Unavailable
from eventstore import whole_file
from eventstore.codec import encode_commit
from tests.backup.conftest import KEEP, Site


def content(site: Site, key: Key | None = None) -> list[bytes]:
    return [encode_commit(commit) for commit in commits(chosen_set(site.backups), key)]


def stored(site: Site) -> list[bytes]:
    return [encode_commit(commit) for commit in site.store.read(0, 100_000)]


def files(site: Site) -> list[str]:
    return sorted(path.name for path in site.backups.path.rglob("*") if path.is_file() and path.name != ".lock")


def test_the_first_backup_has_everything_and_the_next_what_came_since(site: Site) -> None:
    first = site.back_up()
    assert (first.whole, first.commits, first.head.position) == (True, 5, 5)
    assert content(site) == stored(site)
    site.publish("second words")
    second = site.back_up()
    assert (second.whole, second.commits, second.set) == (False, 1, first.set)
    assert content(site) == stored(site)
    assert files(site) == ["000000000001-000000000005.jsonl.gz", "000000000006-000000000006.jsonl.gz", "manifest.json"]
    third = site.back_up()
    assert (third.commits, third.bytes, len(files(site))) == (0, 0, 3)
    assert third.head.at > second.head.at


def test_an_empty_store_has_a_backup_too(new_site: Callable[[], Site]) -> None:
    empty = new_site()
    assert empty.back_up().head.position == 0
    assert content(empty) == []


def test_each_file_has_its_own_digest_and_only_its_owner_can_read_it(site: Site) -> None:
    site.back_up()
    chosen = chosen_set(site.backups)
    for part in chosen.manifest.parts:
        assert hashlib.sha256((chosen.path / part.name).read_bytes()).hexdigest() == part.sha256
    for path in site.backups.path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_long_stores_are_written_in_several_files(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PART_BYTES", 1_000)
    site.back_up()
    assert len(chosen_set(site.backups).manifest.parts) > 2
    assert content(site) == stored(site)


@pytest.mark.parametrize("killed_at", range(1, 5))
def test_killed_anywhere_the_last_backup_stands_and_the_next_run_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    """At each of the writes of a run, half of the file being there."""
    site.back_up()
    before = content(site)
    for number in range(3):
        site.publish(f"words {number}")
    monkeypatch.setattr(writing, "PART_BYTES", 700)
    write_whole, calls = folders.write_whole, 0

    class Killed(BaseException):
        pass

    def killed(path: Path, written: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == killed_at:
            path.with_name(f"{path.name}.writing").write_bytes(written[: len(written) // 2])
            raise Killed
        write_whole(path, written)

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(folders, "write_whole", killed)
        site.back_up()
    examine(chosen_set(site.backups), None, (), lambda _done, _total: None)
    assert content(site)[: len(before)] == before
    site.back_up()
    assert content(site) == stored(site)
    assert not [name for name in files(site) if name.endswith(".writing")]
    named = {part.name for part in chosen_set(site.backups).manifest.parts}
    assert set(files(site)) == named | {"manifest.json"}


def test_a_full_disk_is_said_and_the_last_backup_stands(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.back_up()
    before = files(site)
    site.publish()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(whole_file.os, "fsync", full)
        with pytest.raises(Unavailable, match="can't be written: No space left"):
            site.back_up()
    assert files(site) == before
    assert site.back_up().commits == 1


def test_a_store_that_isnt_sound_is_no_backup(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.back_up()
    before = files(site)
    site.publish()
    read = site.store.read

    def damaged(after: int, limit: int) -> list[object]:
        return [msgspec.structs.replace(one, correlation_id="forged") for one in read(after, limit)]

    monkeypatch.setattr(site.store, "read", damaged)
    monkeypatch.setattr(writing, "deviation", lambda _store, _head: "")
    with pytest.raises(Damaged, match="position 6"):
        site.back_up()
    assert files(site) == before


def test_a_store_that_was_put_back_begins_a_new_set(site: Site, new_site: Callable[[], Site]) -> None:
    first = site.back_up()
    other = new_site()
    other.store.restore(site.store.read(0, 100))
    other.publish("another history")
    second = other.back_up()
    assert second.whole
    assert "another" in second.why
    assert second.set != first.set
    assert content(other) == stored(other)


def test_texts_that_were_erased_leave_the_folder_within_the_time_that_backups_are_kept(site: Site) -> None:
    """A set that began before the erasure goes; a new one begins in time, so that there always is one."""
    id = site.publish("to be forgotten")
    first = site.back_up()
    site.erase(id)
    site.back_up()
    old = chosen_set(site.backups)
    old.save(msgspec.structs.replace(old.manifest, begun_at=ids.from_now(-KEEP / 2 - timedelta(hours=1))))
    second = site.back_up()
    assert (second.whole, second.deleted) == (True, ())
    old.save(msgspec.structs.replace(old.manifest, begun_at=ids.from_now(-KEEP - timedelta(hours=1))))
    third = site.back_up()
    assert (third.whole, third.deleted) == (False, (first.set,))
    assert [one.path.name for one in site.backups.sets()] == [second.set]
    assert not any(b"to be forgotten" in line for line in content(site))


def test_two_runs_at_once_are_one(site: Site) -> None:
    with site.backups.locked(), pytest.raises(Unavailable, match="Another backup is being written"):
        site.back_up()


def test_what_is_erased_while_it_is_written_is_whole_with_the_event_that_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is read up to a head; the text is gone before it is read, and the erasure came after the head."""
    id = site.publish("going")
    head = site.store.head
    before = head()
    site.erase(id)
    answers = iter([before])
    monkeypatch.setattr(site.store, "head", lambda: next(answers, None) or head())
    assert site.back_up().head.position == head()[0]
    examine(chosen_set(site.backups), None, (), lambda _done, _total: None)


class TestEncryption:
    @pytest.fixture
    def key(self, tmp_path: Path) -> Key:
        path = tmp_path / "key.txt"
        path.write_text(f"# made for a test\n{x25519.Identity.generate()}\n")
        return Key(path)

    def test_nothing_can_be_read_without_the_key(self, site: Site, key: Key, tmp_path: Path) -> None:
        site.back_up(key)
        assert all(name.endswith(".age") for name in files(site) if name != "manifest.json")
        assert content(site, key) == stored(site)
        with pytest.raises(BadKey, match="give the file with its key as --key"):
            content(site)
        other = tmp_path / "other.txt"
        other.write_text(str(x25519.Identity.generate()))
        with pytest.raises(BadKey, match="another key"):
            content(site, Key(other))

    def test_a_recipient_writes_and_cant_read(self, site: Site, tmp_path: Path) -> None:
        identity = x25519.Identity.generate()
        public, private = tmp_path / "public.txt", tmp_path / "private.txt"
        public.write_text(f"{identity.to_public()}\n")
        private.write_text(f"{identity}\n")
        site.back_up(Key(public))
        assert content(site, Key(private)) == stored(site)
        with pytest.raises(BadKey, match="can only encrypt"):
            content(site, Key(public))

    @pytest.mark.parametrize("words", ["", "AGE-SECRET-KEY-1NONSENSE", "age1nonsense", "two\nlines", "\udcff"])
    def test_what_is_no_key_is_said(self, tmp_path: Path, words: str) -> None:
        path = tmp_path / "key.txt"
        path.write_bytes(words.encode(errors="surrogateescape"))
        with pytest.raises(BadKey, match="key file"):
            Key(path)

    def test_a_set_is_encrypted_or_not(self, site: Site, key: Key) -> None:
        first = site.back_up()
        site.publish()
        second = site.back_up(key)
        assert (second.whole, second.why) == (True, "the backup before was not encrypted")
        assert second.set != first.set


def test_a_folder_without_backups_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="is no folder of backups"):
        chosen_set(BackupFolder(tmp_path / "nowhere"))
    with pytest.raises(BadBackup, match="holds no backup"):
        chosen_set(BackupFolder(tmp_path))


def test_an_earlier_set_is_chosen_by_its_name(site: Site) -> None:
    first = site.back_up()
    assert chosen_set(site.backups, first.set).path.name == first.set
    with pytest.raises(BadBackup, match=f"it has {first.set}"):
        chosen_set(site.backups, "20200101T000000Z")


def test_a_post_of_the_longest_kind_comes_back(site: Site) -> None:
    site.send(post.NewPost(post=ids.uuid7(), title="Long", body="ö🦉\n" * 10_000))
    site.back_up()
    assert content(site) == stored(site)
