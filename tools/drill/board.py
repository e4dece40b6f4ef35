"""What the people of a round know of each other: the posts and comments that somebody was told are stored."""

import random
import threading

import msgspec


class Thing(msgspec.Struct, frozen=True):
    """A post or a comment. kind is "posts" or "comments", as in addresses; post is the thread's id."""

    kind: str
    id: str
    post: str
    author: str

    @property
    def stream(self) -> str:
        return f"{self.kind[:-1]}-{self.id}"


class Board:
    """Shared by all writers of a round."""

    CROWDED = 40
    """Only the last so many are picked from, so that people meet."""

    def __init__(self) -> None:
        self._things: list[Thing] = []
        self._lock = threading.Lock()

    def pin(self, thing: Thing) -> None:
        with self._lock:
            self._things.append(thing)

    def unpin(self, thing: Thing) -> bool:
        """Nobody picks it from here on. Whether it was the caller who took it."""
        with self._lock:
            if thing not in self._things:
                return False
            self._things.remove(thing)
            return True

    def any(self, dice: random.Random, kind: str = "", author: str = "") -> Thing | None:
        """A random one of the newest that fit; None where there is none."""
        with self._lock:
            newest = self._things[-self.CROWDED :]
        fitting = [one for one in newest if kind in ("", one.kind) and author in ("", one.author)]
        return dice.choice(fitting) if fitting else None
