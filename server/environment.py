"""The few settings that exist before the app does: where to listen, with how many workers, where to keep run files.

server/supervisor.py and server/gunicorn_conf.py share them. The app itself reads its settings in config.py.
"""

import os
import sys
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import data_folder

ROOT = Path(__file__).resolve().parent.parent


def port() -> int:
    return whole_number("PORT", 8000, 1, 65535)


def bind() -> str:
    return (os.environ.get("BIND") or "127.0.0.1").strip("[]")


def bracketed(host: str) -> str:
    """As it stands before `:port`: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def data_dir() -> Path:
    """DATA_DIR; one that can't be used ends the process with a sentence."""
    try:
        return data_folder.located(os.environ, ROOT / "data")
    except data_folder.NotText as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def open_directly(url: str, timeout_s: float) -> AbstractContextManager[object]:
    """GET of an address of this machine, past any proxy that http_proxy names. Raises as urlopen does."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return cast("AbstractContextManager[object]", opener.open(url, timeout=timeout_s))


def whole_number(name: str, default: int, low: int, high: int) -> int:
    """A whole number from the environment; a bad one ends the process with a sentence that names it."""
    text = os.environ.get(name) or str(default)
    if text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    print(f"{name} must be a whole number from {low} to {high}, not {text!r}.", file=sys.stderr)
    sys.exit(2)
