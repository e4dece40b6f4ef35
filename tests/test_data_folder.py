"""Where DATA_DIR is."""

import os
from pathlib import Path

import pytest

import data_folder


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert data_folder.located({}, Path("data")) == Path("data").absolute()
    with pytest.raises(data_folder.NotText, match=r"^DATA_DIR must be .* text in UTF-8"):
        data_folder.located({"DATA_DIR": os.fsdecode(b"/tmp/caf\xe9")}, tmp_path)
