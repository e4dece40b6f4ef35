"""A site with content of every kind, its pages, and how they look in a browser."""

import os
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from werkzeug.serving import make_server

from domain import account, comment, post
from domain.moderation import suspension
from readmodel.generations.generations import Generations
from tests.webapp.conftest import World

SCHEMES: dict[str, Any] = {
    "light": {"color_scheme": "light", "contrast": "no-preference"},
    "dark": {"color_scheme": "dark", "contrast": "no-preference"},
    "contrast": {"color_scheme": "light", "contrast": "more"},
    "dark-contrast": {"color_scheme": "dark", "contrast": "more"},
}


TITLES = (
    "Why can high frequency (x-rays) and low frequency (radio waves) both travel through materials?",
    "Cast Iron Pizza",
    "TIL that in 1913, Hitler, Trotsky, Tito, Freud and Stalin all lived within walking distance in Vienna",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "あなたの言葉をそのまま残す場所について、少し長い題名で書いてみる",
)


LONG = """Most software forgets. #design #eventsourcing

## What an edit is

An edit is a **fact**. Thanks to @grace.

> The palest ink is better than the best memory.

1. The old text stays.
2. The new text stands beside it.

```python
def evolve(post: Post, event: Event) -> None:
    \"\"\"Takes in one event, and has a line that is too long for a telephone held upright.\"\"\"
    return 42  # text
```

| what | kept | how long | and one more |
|:-----|:----:|---------:|--------------|
| IP addresses | no | 0 days | unbelievably |

![a diagram](https://example.org/d.png) and https://example.org/a/rather/long/address/that/goes/on/and/on?and=on
"""


class Served:
    """A site with people, threads and traces of moderation, on a port of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        generations = Generations(f"sqlite:///{folder / 'read.db'}")
        generations.migrate()
        generations.close()
        self.world = World(folder, {}, **settings)
        self.ids = fill_site(self.world)
        self._server = make_server("127.0.0.1", 0, self.world.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self._tokens: dict[str, str] = {}
        for handle in ("ada", "grace", "mod", "root"):
            self.log_in(handle)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.world.close()

    def log_in(self, handle: str) -> None:
        """From now on there is a cookie for this one too."""
        self._tokens[handle] = self.world.sessions.open(self.world.id(handle))

    def cookie(self, handle: str) -> Any:
        """The cookie of somebody logged in."""
        signer: Any = self.world.app.session_interface.get_signing_serializer(self.world.app)  # type: ignore[attr-defined]
        value = signer.dumps({"_user_id": self._tokens[handle], "_fresh": True})
        return {"name": "session", "value": value, "url": self.url}


def fill_site(world: World) -> dict[str, str]:
    for handle, roles in (("ada", ()), ("grace", ()), ("eve", ()), ("mod", ("moderator",)), ("root", ("admin",))):
        world.person(handle, *roles)
    world.given(account.EditProfile(handle="ada", name="Ada Lovelace", bio="I write *programs*. #computing"), "ada")
    for number in range(35):
        world.post("ada", TITLES[number % len(TITLES)], f"Text number {number}. " * (number % 4 * 20 + 1))
    long = world.post("ada", "Why we keep every version", LONG)
    edited = LONG.replace("Most software", "Nearly all software")
    world.given(post.EditPost(post=long, version=1, title="Why we keep every version", body=edited), "ada")
    world.given(post.LockPost(post=long, reason="Cooling down"), "mod")
    world.given(post.UnlockPost(post=long), "mod")
    note = above = world.comment("grace", long, "## A heading\n\nI've kept a diary for thirty years.\n\n    code")
    for depth in range(13):
        above = world.comment("ada", long, f"Going deeper: {depth}", above)
    world.given(comment.EditComment(comment=note, version=1, body="I kept a diary for forty years."), "grace")
    spam = world.comment("eve", long, "Buy my pills")
    world.given(comment.RemoveComment(comment=spam, reason="Advertising"), "mod")
    world.like("mod", f"post-{long}")
    gone = world.post("eve", "MAKE MONEY FAST", "Click [here](https://example.org)")
    world.given(post.RemovePost(post=gone, reason="Spam"), "mod")
    world.given(suspension.SuspendAccount(handle="eve", reason="Spam"), "mod")
    return {"long": long, "note": note, "gone": gone}


def shoot(window: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        window.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
