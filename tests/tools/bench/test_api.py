"""Two hundred programs at once against a real gunicorn: every one gets its answers. How late is no test's business."""

from pathlib import Path

import pytest

from tools.bench.api import CLIENTS, WEB_THREADS, call_at_once, issue_tokens
from tools.bench.site import build_site, posts_csv, served


@pytest.mark.slow
def test_two_hundred_programs_at_once_get_their_answers(tmp_path: Path) -> None:
    site = build_site(tmp_path / "site", posts_csv(tmp_path, 40))
    tokens, posts = issue_tokens(site, CLIENTS), list(site.post_ids())
    site.close()
    with served(tmp_path / "site", threads=WEB_THREADS, limits="on") as (port, _pid):
        measured = call_at_once(port, tokens, posts, 3)
    assert measured.errors == []
    assert len(measured.seconds) == CLIENTS * 3
