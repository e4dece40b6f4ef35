"""A person who only reads: what they saw of a post must never be taken back by a later read, whoever answers it."""

import json
import random
import threading
from contextlib import closing

from .browser import Browser, NoAnswer
from .known_posts import KnownPosts

PAUSE_S = 0.005
TIMEOUT_S = 5.0


class Reader(threading.Thread):
    """Asks for posts that exist, on a new connection each time, so that every worker answers."""

    def __init__(self, port: int, known: KnownPosts, rng: random.Random) -> None:
        super().__init__(name="reader", daemon=True)
        self.stopping = threading.Event()
        self.stale_reads: list[str] = []
        self._port, self._known, self._rng = port, known, rng
        self._seen_versions: dict[str, int] = {}

    def run(self) -> None:
        while not self.stopping.wait(PAUSE_S):
            if (post := self._known.pick(self._rng, kind="posts")) is not None:
                self._read(post.id)

    def _read(self, post: str) -> None:
        before = self._seen_versions.get(post, 0)
        try:
            with closing(Browser(self._port, timeout_s=TIMEOUT_S)) as browser:
                answer = browser.get(f"/api/v1/posts/{post}")
        except NoAnswer:
            return  # a process may just have been killed
        if answer.status == 200:
            version = int(json.loads(answer.html)["version"])
            if version < before:
                self.stale_reads.append(f"post {post} was shown at version {before}, then at {version}")
            self._seen_versions[post] = max(version, before)
        elif answer.status == 404 and before:
            self.stale_reads.append(f"post {post} was shown at version {before}, then not at all")
