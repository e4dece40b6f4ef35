"""A folder of backups in which something is missing, damaged, or of a site that is gone: no word of it is lost."""

from pathlib import Path

from pyrage import x25519

from backup.encryption import Key
from backup.reading import chosen_set, commits
from tests.backup.conftest import Site


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
