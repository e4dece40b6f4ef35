"""A folder of backups in which something is missing, damaged, or of a site that is gone: no word of it is lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from pyrage import x25519

from backup import folder as folders
from backup.encryption import Key
from backup.folder import BadBackup
from backup.reading import chosen_set, commits
from domain import account, ids
from tests.backup.conftest import KEEP, Site


def begin_earlier(site: Site, ago: timedelta) -> None:
    """As if the newest set had begun so long ago."""
    newest = chosen_set(site.backups)
    newest.save(msgspec.structs.replace(newest.manifest, begun_at=ids.from_now(-ago)))


def killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


class TestASiteThatIsGone:
    def test_an_empty_store_adds_nothing_to_backups_of_one_that_wasnt(
        self, site: Site, new_site: Callable[[], Site]
    ) -> None:
        """Else the set of nothing would be the newest, and the others would be deleted in time."""
        kept = site.back_up()
        with pytest.raises(BadBackup, match="holds backups of one that wasn't"):
            new_site().back_up()
        assert [one.path.name for one in site.backups.sets()] == [kept.set]

    def test_a_set_that_a_run_has_only_begun_isnt_the_newest(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = site.back_up()
        begin_earlier(site, KEEP / 2 + timedelta(hours=1))
        with monkeypatch.context() as patched:
            patched.setattr(folders.BackupSet, "add", killed)
            with pytest.raises(KeyboardInterrupt):
                site.back_up()
        assert len(site.backups.sets()) == 2
        assert chosen_set(site.backups).path.name == kept.set


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x" * path.stat().st_size)])
def test_a_set_of_which_a_file_is_damaged_or_missing_isnt_gone_on_with(
    site: Site, damage: Callable[[Path], object]
) -> None:
    first = chosen_set(site.backups, site.back_up().set)
    damage(first.path / first.manifest.parts[0].name)
    second = site.back_up()
    assert second.whole
    assert first.manifest.parts[0].name in second.why
    assert len(list(commits(chosen_set(site.backups), None))) == site.store.head()[0]


class TestManifests:
    def test_an_earlier_set_can_be_had_where_a_later_manifest_is_damaged(self, site: Site) -> None:
        first = site.back_up()
        begin_earlier(site, KEEP / 2 + timedelta(hours=1))
        second = site.back_up()
        (site.backups.path / second.set / "manifest.json").write_text("{")
        with pytest.raises(BadBackup, match=second.set):
            chosen_set(site.backups)
        assert chosen_set(site.backups, first.set).path.name == first.set

    def test_a_manifest_that_is_missing_is_said(self, site: Site) -> None:
        """Else an earlier set would be restored in its place, without a word."""
        set = site.back_up().set
        (site.backups.path / set / "manifest.json").unlink()
        with pytest.raises(BadBackup, match=f"{set}/manifest.json can't be read"):
            chosen_set(site.backups)

    @pytest.mark.parametrize("time", ["yesterday", "2026-11-30T08:00:00"])
    def test_a_time_that_is_none_is_said(self, site: Site, time: str) -> None:
        site.back_up()
        newest = chosen_set(site.backups)
        newest.save(msgspec.structs.replace(newest.manifest, begun_at=time))
        with pytest.raises(BadBackup, match="doesn't say when the set began"):
            site.back_up()

    def test_a_set_that_begins_tomorrow_is_said(self, site: Site) -> None:
        """By a clock that was wrong: it would never be old enough to be deleted."""
        site.back_up()
        begin_earlier(site, timedelta(days=-2))
        with pytest.raises(BadBackup, match="begins later than now"):
            site.back_up()


def test_a_set_that_was_half_deleted_goes_with_the_next_run(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has texts that were erased since."""
    site.back_up()
    begin_earlier(site, KEEP + timedelta(hours=1))

    with monkeypatch.context() as patched:
        patched.setattr(folders.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            site.back_up()
    newest = site.back_up()
    assert [path.name for path in site.backups.path.iterdir() if path.is_dir()] == [newest.set]


def test_another_key_begins_a_new_set(site: Site, tmp_path: Path) -> None:
    """No key could read a set that was written with two."""
    keys: list[Key] = []
    for number in range(2):
        path = tmp_path / f"key-{number}"
        path.write_text(str(x25519.Identity.generate()))
        keys.append(Key(path))
    first = site.back_up(keys[0])
    site.publish()
    second = site.back_up(keys[1])
    assert (second.whole, second.why) == (True, "the backup before was encrypted for another key")
    assert second.set != first.set
    assert len(list(commits(chosen_set(site.backups), keys[1]))) == site.store.head()[0]


def test_another_site_gets_a_folder_of_its_own(site: Site, new_site: Callable[[], Site]) -> None:
    """Its sets would be the newest, and this site's would be deleted in time."""
    site.back_up()
    before = site.bytes_of_backups()
    other = new_site()
    other.send(account.RegisterAccount(handle="eve"), "eve")
    with pytest.raises(BadBackup, match="is of another site"):
        other.back_up()
    assert site.bytes_of_backups() == before


def test_a_set_that_names_people_by_handles_is_refused_with_what_to_do(site: Site, empty: Site) -> None:
    done = site.back_up()
    path = site.backups.path / done.set / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"verbatim-backup-2", b"verbatim-backup-1"))
    with pytest.raises(BadBackup, match=r"sealed handles and reasons.*Restore it with that version and export"):
        chosen_set(site.backups)
    with pytest.raises(BadBackup, match="another folder"):
        site.back_up()
    assert empty.store.head() == (0, "")
