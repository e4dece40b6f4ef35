"""Accounts that were found not to be new, remembered for a moment: those who write much are asked about once."""

import threading

from cachetools import TTLCache

MAX_ACCOUNTS = 10_000
TERM_S = 60.0


class Regulars:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: TTLCache[str, bool] = TTLCache(MAX_ACCOUNTS, TERM_S)

    def __contains__(self, account: str) -> bool:
        with self._lock:
            return account in self._accounts

    def add(self, account: str) -> None:
        with self._lock:
            self._accounts[account] = True

    def clear(self) -> None:
        """What makes an account new has changed."""
        with self._lock:
            self._accounts.clear()
