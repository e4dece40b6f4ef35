"""What earlier versions left readable for everybody in DATA_DIR is closed; what isn't the site's is left alone."""

import os
import stat
from pathlib import Path

import pytest

import data_folder

FILES = (
    "events.db", "events.db-wal", "events.db-shm", "events.db-reader", "read.db", "read-7.db", "read-7.db-wal",
    "secret_key", ".secret_key.12.ab34", "posts.csv.rejects.csv", "site.log", "export.jsonl.gz", "events-copy.db",
    "run/lock", "run/web.pid", "run/counts-8000", "run/health-relay", "run/metrics-8000/histogram_12.db",
)  # fmt: skip
OF_OTHERS = 12_345
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site's folder as earlier versions made it."""
    made = tmp_path / "data"
    for name in FILES:
        put(made / name)
    for path in [made, *made.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    return made


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.chmod(0o644)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_ones(folder: Path) -> set[str]:
    """What others may read or enter."""
    return {str(path.relative_to(folder)) for path in (folder, *folder.rglob("*")) if mode(path) & 0o077}


def test_all_that_an_earlier_version_made_is_closed(folder: Path) -> None:
    assert data_folder.tighten(folder, {}) == ""
    assert open_ones(folder) == set()
    assert (mode(folder), mode(folder / "run"), mode(folder / "events.db")) == (0o700, 0o700, 0o600)
    assert data_folder.tighten(folder, {}) == ""


def test_a_fresh_or_a_missing_folder_needs_nothing(tmp_path: Path) -> None:
    assert data_folder.tighten(tmp_path / "none", {}) == ""
    assert not (tmp_path / "none").exists()


def test_a_folder_with_other_things_in_it_is_told_about_and_left(folder: Path) -> None:
    put(folder / "thesis.odt")
    put(folder / "photos" / "one.jpg")
    (folder / "photos").chmod(0o755)
    said = data_folder.tighten(folder, {})
    assert "('photos', 'thesis.odt')" in said
    assert "DATA_DIR" in said
    # What people may have put there is left too, since it may be for others.
    assert open_ones(folder) == {
        ".", "thesis.odt", "photos", "photos/one.jpg", "posts.csv.rejects.csv", "site.log", "export.jsonl.gz",
        "events-copy.db",
    }  # fmt: skip


def test_a_folder_for_everybody_is_told_about_and_left(folder: Path) -> None:
    folder.chmod(0o1777)
    said = data_folder.tighten(folder, {})
    assert "isn't this account's alone" in said
    assert mode(folder) == 0o1777
    assert mode(folder / "secret_key") == 0o600


def test_a_folder_called_run_that_is_the_machines_is_left(tmp_path: Path) -> None:
    """As with DATA_DIR=/ or /var."""
    for name in ("lock/subsys", "sshd.pid", "web.pid", "metrics-1/other"):
        put(tmp_path / "run" / name)
    data_folder.tighten(tmp_path, {})
    assert open_ones(tmp_path / "run") >= {"lock", "lock/subsys", "sshd.pid", "metrics-1", "metrics-1/other"}


@needs_root
@pytest.mark.parametrize("name", [".", "events.db", "run", "notes"])
def test_what_belongs_to_others_is_left(folder: Path, name: str) -> None:
    put(folder / "notes") if name == "notes" else None
    before = mode(folder / name)
    os.chown(folder / name, OF_OTHERS, OF_OTHERS)
    said = data_folder.tighten(folder, {})
    assert str(folder) in said
    assert (mode(folder), mode(folder / name)) == (0o755, before)
    assert mode(folder / "secret_key") == 0o600


def test_nothing_is_said_of_a_folder_that_others_can_not_enter(folder: Path) -> None:
    put(folder / "notes")
    folder.chmod(0o700)
    assert data_folder.tighten(folder, {}) == ""


def test_databases_elsewhere_are_closed_and_their_folders_left(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("store.sqlite", "store.sqlite-wal", "m.db", "m-3.db", "m-3.db-shm", "other.db"):
        put(elsewhere / name)
    elsewhere.chmod(0o755)
    environ = {
        "EVENT_STORE_URL": f"sqlite:///{elsewhere}/store.sqlite",
        "READ_MODEL_URL": f"sqlite:///{elsewhere}/m.db?x=1",
    }
    assert data_folder.tighten(folder, environ) == ""
    assert open_ones(elsewhere) == {".", "other.db"}


def test_what_a_link_leads_to_is_closed(folder: Path, tmp_path: Path) -> None:
    disk = put(tmp_path / "disk.db")
    (folder / "events.db").unlink()
    (folder / "events.db").symlink_to(disk)
    (folder / "gone.db").symlink_to(tmp_path / "gone")
    said = data_folder.tighten(folder, {})
    assert "'gone.db'" in said
    assert mode(disk) == 0o600


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert data_folder.located({}, Path("data")) == Path("data").absolute()
    with pytest.raises(data_folder.NotText, match=r"^DATA_DIR must be .* text in UTF-8"):
        data_folder.located({"DATA_DIR": os.fsdecode(b"/tmp/caf\xe9")}, tmp_path)
