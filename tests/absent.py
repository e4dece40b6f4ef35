"""What a test does where a tool, a server or a file that it needs isn't there."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skips the test; with VERBATIM_CI=1 it fails instead, so that nothing goes untested unnoticed."""
    if os.environ.get("VERBATIM_CI") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
