"""The posts and comments that the people of a round know of: those whose writing was acknowledged."""

import random
import threading

import msgspec


class Target(msgspec.Struct, frozen=True):
    """A post or a comment. kind is "posts" or "comments", as in addresses; post is the thread's id."""

    kind: str
    id: str
    post: str
    author: str

    @property
    def stream(self) -> str:
        return f"{self.kind[:-1]}-{self.id}"


class KnownPosts:
    """Shared by all writers and readers of a round."""

    PICKED_FROM = 40
    """Only the newest are picked, so that people meet."""

    def __init__(self) -> None:
        self._targets: list[Target] = []
        self._lock = threading.Lock()

    def add(self, target: Target) -> None:
        with self._lock:
            self._targets.append(target)

    def remove(self, target: Target) -> bool:
        """Nobody picks it from here on. Whether it was the caller who removed it."""
        with self._lock:
            if target not in self._targets:
                return False
            self._targets.remove(target)
            return True

    def pick(self, rng: random.Random, kind: str = "", author: str = "") -> Target | None:
        """A random one of the newest that match; None where there is none."""
        with self._lock:
            newest = self._targets[-self.PICKED_FROM :]
        matching = [one for one in newest if kind in ("", one.kind) and author in ("", one.author)]
        return rng.choice(matching) if matching else None
