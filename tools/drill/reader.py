"""Somebody who only reads: what they saw of a post must never be taken back by a later look, whoever answers it."""

import http.client
import json
import random
import threading
import time

from .board import Board

PAUSE_S = 0.005
TIMEOUT_S = 5.0


class Reader(threading.Thread):
    """Asks for posts that somebody was told of, on a new connection each time, so that every worker answers."""

    def __init__(self, port: int, board: Board, dice: random.Random, seen: dict[str, int]) -> None:
        super().__init__(name="reader", daemon=True)
        self.over = threading.Event()
        self.went_backwards: list[str] = []
        self._port = port
        self._board = board
        self._dice = dice
        self._seen = seen

    def run(self) -> None:
        while not self.over.wait(PAUSE_S):
            if (post := self._board.any(self._dice, kind="posts")) is not None:
                self._look(post.id)

    def _look(self, post: str) -> None:
        """A version that was seen before this question was put is the least that the answer must show."""
        before = self._seen.get(post, 0)
        status, body = self._asked(f"/api/v1/posts/{post}")
        if status == 200:
            version = int(json.loads(body)["version"])
            if version < before:
                self.went_backwards.append(f"post {post} was shown at version {before}, then at {version}")
            self._seen[post] = max(version, self._seen.get(post, 0))
        elif status == 404 and before:
            self.went_backwards.append(f"post {post} was shown at version {before}, then not at all")

    def _asked(self, path: str) -> tuple[int, bytes]:
        """Status 0 where nobody answered: a process may just have been killed."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            time.sleep(PAUSE_S)
            return 0, b""
        finally:
            connection.close()
