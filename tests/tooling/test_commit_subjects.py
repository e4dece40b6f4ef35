"""Commit subjects are imperatives of at most 72 characters."""

import pytest

from tools.commit_subjects import fault


@pytest.mark.parametrize(
    "subject", ["Name the store's partition once", "requirements: add regex", "Feed the log", "Bring a fold on"]
)
def test_an_imperative_of_72_characters_passes(subject: str) -> None:
    assert fault(subject) == ""


@pytest.mark.parametrize(
    "subject",
    ["Added a test", "Adding a test", "x" * 73, "Add a test.", "", "- Add a test", "requirements: added regex"],
)
def test_anything_else_is_refused(subject: str) -> None:
    assert fault(subject)
