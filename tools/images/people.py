"""People who write through the proxy, over TLS, and remember what they sent and what was answered."""

import random
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

from tools.drill import ledger
from tools.drill.browser import Browser, NoAnswer, Page
from tools.drill.known_posts import KnownPosts
from tools.drill.writer import Habits, Writer

from .settings import ImagesError
from .site import HOST

# Nothing new is shown while something is cut off: they go on writing all the same.
HABITS = Habits(list_patience_s=0.5)
PATIENCE_S = 240.0
REQUEST_TIMEOUT_S = 60.0
Person = TypeVar("Person", bound=Writer)


class WatchedBrowser(Browser):
    """Remembers each request that got no answer, or an error of the server's.

    Has patience: that a machine which makes images and starts containers is slow is no fault of the site's.
    """

    def __init__(self, port: int, certificates: ssl.SSLContext, failed: list[str]) -> None:
        super().__init__(port, HOST, REQUEST_TIMEOUT_S, certificates)
        self._failed = failed

    def _exchange(self, method: str, path: str, fields: Mapping[str, str] | None) -> Page:
        try:
            page = super()._exchange(method, path, fields)
        except NoAnswer as reason:
            self._failed.append(f"{time.strftime('%H:%M:%S')} {reason}")
            raise
        if page.status >= 500:
            self._failed.append(f"{time.strftime('%H:%M:%S')} {method} {path}: {page.status}")
        return page


class People:
    """Groups of people on one site, one after the other. folder: all of their ledgers."""

    def __init__(self, port: int, certificates: ssl.SSLContext, folder: Path, seed: int = 13) -> None:
        self._port, self._certificates, self._folder = port, certificates, folder
        self._rng, self._numbers, self._known = random.Random(seed), count(1), KnownPosts()
        self.failed: list[str] = []

    @contextmanager
    def writing(self, writers: int = 3) -> Iterator[list[str]]:
        """New people write while the block runs. Gives the list of their requests that failed."""
        self.failed = []
        crowd = [self.person(Writer) for _ in range(writers)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.ready.wait(PATIENCE_S)
        try:
            yield self.failed
        finally:
            for one in crowd:
                one.stopping.set()
            for one in crowd:
                one.join(PATIENCE_S)
        if lasting := [one.name for one in crowd if one.is_alive()]:
            raise ImagesError(f"{', '.join(lasting)} still waited for an answer after {PATIENCE_S:g} s")

    def person(self, kind: type[Person]) -> Person:
        """Somebody with a name of their own, who does nothing before they are started, or told what."""
        name = f"writer-{next(self._numbers)}"
        return kind(
            name, WatchedBrowser(self._port, self._certificates, self.failed), self._known,
            ledger.Ledger(self._folder / f"{name}.jsonl"), HABITS, random.Random(self._rng.random()), PATIENCE_S,
        )  # fmt: skip
