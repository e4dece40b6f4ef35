"""A person at a browser: registers, then publishes, edits, likes and comments until the round is over.

Whoever gets no answer sends the same form again, as people press Publish again; the ledger knows what was meant.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from .board import Board, Thing
from .browser import Browser, Form, NoAnswer, Page
from .ledger import Again, Answer, Intent, Ledger, Trouble

Found = TypeVar("Found")
PAUSE_S = 0.05
PASSWORD = "correct horse battery"


class Habits(msgspec.Struct, frozen=True):
    """How often somebody leaves before the answer comes, or sends a form twice at the same moment (0 to 1).

    lingers_s: whoever waited so long for lists to show something turns to something else; None waits as for answers.
    erases: everybody is an admin, and now and then erases a post.
    """

    leaves: float = 0.0
    doubles: float = 0.0
    lingers_s: float | None = None
    erases: bool = False


class Stuck(Exception):
    """Nothing came for as long as people wait."""


class Writer(threading.Thread):
    """One person. `ready` is set once they have an account."""

    def __init__(
        self,
        handle: str,
        port: int,
        *,
        board: Board,
        ledger: Ledger,
        habits: Habits,
        dice: random.Random,
        patience_s: float,
    ) -> None:
        super().__init__(name=handle, daemon=True)
        self.ready = threading.Event()
        self.over = threading.Event()
        self._handle = handle
        self._browser = Browser(port)
        self._board = board
        self._ledger = ledger
        self._habits = habits
        self._dice = dice
        self._patience_s = patience_s
        self._liked: set[str] = set()

    def run(self) -> None:
        deeds = [self._publish, self._publish, self._edit, self._like, self._like, self._comment, self._comment]
        if self._habits.erases:
            deeds.append(self._erase)
        try:
            self._register()
            self.ready.set()
            while not self.over.is_set():
                self._dice.choice(deeds)()
        except Stuck as stuck:
            self._ledger.write(Trouble(actor=self._handle, what=str(stuck)))
        finally:
            self.ready.set()
            self._browser.close()
            self._ledger.close()

    def _register(self) -> None:
        form = self._form("/register", "/register").filled(handle=self._handle, password=PASSWORD)
        self._send(form, "AccountRegistered", f"account-{self._handle}")

    def _publish(self) -> None:
        form = self._form("/posts/new", "/posts/new")
        words = {
            "title": f"By {self._handle} {form.command_id}",
            "body": f"Once and only once: {form.command_id} #drill",
        }
        answer = self._send(form.filled(**words), "PostPublished", marked=True)
        if answer.accepted:
            id = urlsplit(answer.place).path.rpartition("/")[2]
            self._board.pin(Thing("posts", id, id, self._handle))

    def _edit(self) -> None:
        if (mine := self._board.any(self._dice, author=self._handle)) is None:
            return
        address = f"/{mine.kind}/{mine.id}/edit"
        if (form := self._shown(address, address)) is None:
            return
        words = {"title": f"Again {form.command_id}", "body": f"Changed: {form.command_id}"}
        event = "PostEdited" if mine.kind == "posts" else "CommentEdited"
        fitting = {name: text for name, text in words.items() if name in form.fields}
        self._send(form.filled(**fitting), event, mine.stream, mine.post, marked=True)

    def _like(self) -> None:
        """Likes what this person hasn't liked, or takes it back: the page must show the same as they remember."""
        if (thing := self._board.any(self._dice)) is None:
            return
        verb, event = ("unlike", "Unliked") if thing.stream in self._liked else ("like", "Liked")
        if (form := self._shown(f"/posts/{thing.post}", f"/{thing.kind}/{thing.id}/{verb}")) is None:
            return
        answer = self._send(form, event, f"like-{thing.stream}-{self._handle}", thing.post)
        if answer.accepted:
            self._liked ^= {thing.stream}

    def _comment(self) -> None:
        if (post := self._board.any(self._dice, kind="posts")) is None:
            return
        if (form := self._shown(f"/posts/{post.id}", f"/posts/{post.id}/comments")) is None:
            return
        text = f"Well said: {form.command_id}"
        answer = self._send(form.filled(body=text), "CommentAdded", post=post.id, marked=True)
        if answer.accepted:
            id = urlsplit(answer.place).fragment.removeprefix("comment-")
            self._board.pin(Thing("comments", id, post.id, self._handle))

    def _erase(self) -> None:
        """Takes every text of a post away for good; nobody goes on with it afterwards."""
        if (post := self._board.any(self._dice, kind="posts")) is None:
            return
        address = f"/posts/{post.id}/history/erase"
        if (form := self._shown(address, address)) is None or not self._board.unpin(post):
            return
        self._send(form.filled(reason="The drill asked for it."), "PostErased", post.stream, post.id)

    def _shown(self, page: str, action: str) -> Form | None:
        """The form on a page of something new, which is asked for while this person lingers: lists may be behind."""
        if self._habits.lingers_s is None:
            return self._form(page, action)
        try:
            return self._form(page, action, self._habits.lingers_s)
        except Stuck:
            return None

    def _form(self, page: str, action: str, patience_s: float | None = None) -> Form:
        """The form on a page, which is asked for until it is there."""
        return self._until(f"the form {action} on {page}", lambda: self._browser.get(page).form(action), patience_s)

    def _send(self, form: Form, event: str, stream: str = "", post: str = "", *, marked: bool = False) -> Answer:
        """Writes down what is meant, sends it until an answer comes, and writes that down."""
        id = form.command_id
        self._ledger.write(Intent(id=id, actor=self._handle, event=event, stream=stream, post=post, marked=marked))
        if self._dice.random() < self._habits.leaves:
            self._browser.post_and_leave(form)
            self._again(form, "left before the answer")
        if self._dice.random() < self._habits.doubles:
            return self._send_twice(form)
        return self._answered(id, self._insist(form, self._browser))

    def _send_twice(self, form: Form) -> Answer:
        """The same form from two windows at the same moment; both answers count."""
        other = self._browser.twin()
        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(lambda browser: self._insist(form, browser), (self._browser, other)))
        other.close()
        answers = [self._answered(form.command_id, page) for page in pages]
        return next((answer for answer in answers if answer.accepted), answers[0])

    def _insist(self, form: Form, browser: Browser) -> Page:
        def answer() -> Page | None:
            try:
                page = browser.post(form)
            except NoAnswer as reason:
                self._again(form, str(reason))
                raise
            if page.status >= 500:
                self._again(form, f"answered with {page.status}")
                return None
            return page

        return self._until(f"an answer to {form.action} {form.command_id}", answer)

    def _again(self, form: Form, why: str) -> None:
        self._ledger.write(Again(id=form.command_id, why=why))

    def _answered(self, id: str, page: Page) -> Answer:
        answer = Answer(id=id, status=page.status, place=page.place)
        self._ledger.write(answer)
        return answer

    def _until(self, what: str, ask: Callable[[], Found | None], patience_s: float | None = None) -> Found:
        """Asks until there is something, through broken connections and errors of the server."""
        until = time.monotonic() + (self._patience_s if patience_s is None else patience_s)
        while time.monotonic() < until:
            try:
                if (found := ask()) is not None:
                    return found
            except NoAnswer:
                pass
            time.sleep(PAUSE_S)
        raise Stuck(f"{self._handle} waited {self._patience_s:g} s for {what}")
