"""Where the real posts are: beside the checkout, or at VERBATIM_SHARED; in CI they may not be missing."""

import os
from pathlib import Path

from tests.absent import skip_or_fail

POSTS = Path(os.environ.get("VERBATIM_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "posts.csv.gz"


def real_posts() -> Path:
    """The file of real posts; skips the test where it is absent, and fails it in CI."""
    if not POSTS.exists():
        skip_or_fail(f"the real posts aren't at {POSTS} (VERBATIM_SHARED says where they are)")
    return POSTS
