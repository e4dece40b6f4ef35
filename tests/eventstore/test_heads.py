"""A file that holds a head: written whole, read strictly."""

import re
from pathlib import Path

import pytest

from domain.errors import Unavailable
from eventstore.heads import BadHead, Head, read, write

AT = "2026-11-24T06:00:00.000000Z"


@pytest.mark.parametrize("head", [Head(at=AT, chain="ab" * 32, position=7), Head(at=AT, chain="", position=0)])
def test_what_is_written_is_read_again(tmp_path: Path, head: Head) -> None:
    write(head, tmp_path / "head")
    assert read(tmp_path / "head") == head
    assert [path.name for path in tmp_path.iterdir()] == ["head"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "isn't a head that"),
        (b"{", "isn't a head that"),
        (b"\xff", "isn't a head that"),
        (b"[]", "isn't a head that"),
        (b'{"format":"verbatim-head-2","proof":[]}', "in a format that this version doesn't know"),
        (b'{"at":"%s","chain":"","format":"verbatim-head-1","position":7}', "position and chain don't agree"),
        (b'{"at":"%s","chain":"x","format":"verbatim-head-1","position":7}', "chain"),
        (b'{"at":"%s","chain":"","format":"verbatim-head-1","position":-1}', "position"),
        (b'{"at":"%s","chain":"","format":"verbatim-head-1","note":"","position":0}', "note"),
        (b'{"at":"soon","chain":"","format":"verbatim-head-1","position":0}', "at"),
    ],
)
def test_what_is_no_head_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "head"
    path.write_bytes(content.replace(b"%s", AT.encode()))
    with pytest.raises(BadHead, match=re.escape(found)):
        read(path)


def test_what_cant_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "head", tmp_path / "none" / "head"):
        with pytest.raises(Unavailable, match="can't be written"):
            write(Head(at=AT, chain="", position=0), path)
    with pytest.raises(BadHead, match="can't be read"):
        read(tmp_path / "none")
