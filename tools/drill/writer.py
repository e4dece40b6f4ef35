"""A person at a browser: registers, then publishes, edits, likes and comments until the round is over.

Whoever gets no answer sends the same form again, as people press Publish again; the ledger knows what was meant.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from .browser import Browser, Form, NoAnswer, Page
from .known_posts import KnownPosts, Target
from .ledger import Answer, Intent, Ledger, SentAgain, Stuck
from .processes import wait_for

Found = TypeVar("Found")
PAUSE_S = 0.05
PASSWORD = "correct horse battery"


class Habits(msgspec.Struct, frozen=True):
    """How often somebody disconnects before the answer comes, or sends a form twice at the same moment (0 to 1).

    list_patience_s: who waited so long for lists to show something turns to something else; None: as for answers.
    erases: everybody is an admin, and now and then erases a post.
    """

    disconnects: float = 0.0
    sends_twice: float = 0.0
    list_patience_s: float | None = None
    erases: bool = False


class OutOfPatience(Exception):
    """Nothing came for as long as people wait."""


class Writer(threading.Thread):
    """One person. `ready` is set once they have an account."""

    def __init__(
        self,
        name: str,
        browser: Browser,
        known: KnownPosts,
        ledger: Ledger,
        habits: Habits,
        rng: Random,
        patience_s: float,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.ready, self.stopping = threading.Event(), threading.Event()
        self._browser, self._known, self._ledger = browser, known, ledger
        self._habits, self._rng, self._patience_s = habits, rng, patience_s
        self._liked: set[str] = set()

    def run(self) -> None:
        acts = [self._publish, self._publish, self._edit, self._like, self._like, self._comment, self._comment]
        if self._habits.erases:
            acts.append(self._erase)
        try:
            self._register()
            self.ready.set()
            while not self.stopping.is_set():
                self._rng.choice(acts)()
        except OutOfPatience as reason:
            self._ledger.write(Stuck(actor=self.name, what=str(reason)))
        finally:
            self.ready.set()
            self._browser.close()
            self._ledger.close()

    def _register(self) -> None:
        form = self._wait_for_form("/register", "/register").filled(handle=self.name, password=PASSWORD)
        self._send(form, "AccountRegistered", f"account-{self.name}")

    def _publish(self) -> None:
        form = self._wait_for_form("/posts/new", "/posts/new")
        title, body = f"By {self.name} {form.command_id}", f"Once and only once: {form.command_id} #drill"
        answer = self._send(form.filled(title=title, body=body), "PostPublished", marked=True)
        if answer.accepted:
            id = urlsplit(answer.location).path.rpartition("/")[2]
            self._known.add(Target("posts", id, id, self.name))

    def _edit(self) -> None:
        if (mine := self._known.pick(self._rng, author=self.name)) is None:
            return
        address = f"/{mine.kind}/{mine.id}/edit"
        if (form := self._find_form(address, address)) is None:
            return
        texts = {"title": f"Again {form.command_id}", "body": f"Changed: {form.command_id}"}
        event = "PostEdited" if mine.kind == "posts" else "CommentEdited"
        fitting = {name: text for name, text in texts.items() if name in form.fields}
        self._send(form.filled(**fitting), event, mine.stream, mine.post, marked=True)

    def _like(self) -> None:
        """Likes what this person hasn't liked, or takes it back: the page must show the same as they remember."""
        if (target := self._known.pick(self._rng)) is None:
            return
        verb, event = ("unlike", "Unliked") if target.stream in self._liked else ("like", "Liked")
        if (form := self._find_form(f"/posts/{target.post}", f"/{target.kind}/{target.id}/{verb}")) is None:
            return
        answer = self._send(form, event, f"like-{target.stream}-{self.name}", target.post)
        if answer.accepted:
            self._liked ^= {target.stream}

    def _comment(self) -> None:
        if (post := self._known.pick(self._rng, kind="posts")) is None:
            return
        if (form := self._find_form(f"/posts/{post.id}", f"/posts/{post.id}/comments")) is None:
            return
        form = form.filled(body=f"Well said: {form.command_id}")
        answer = self._send(form, "CommentAdded", post=post.id, marked=True)
        if answer.accepted:
            id = urlsplit(answer.location).fragment.removeprefix("comment-")
            self._known.add(Target("comments", id, post.id, self.name))

    def _erase(self) -> None:
        """Takes every text of a post away for good; nobody goes on with it afterwards."""
        if (post := self._known.pick(self._rng, kind="posts")) is None:
            return
        address = f"/posts/{post.id}/history/erase"
        if (form := self._find_form(address, address)) is None or not self._known.remove(post):
            return
        self._send(form.filled(reason="The drill asked for it."), "PostErased", post.stream, post.id)

    def _find_form(self, page: str, action: str) -> Form | None:
        """The form on a page of something new, which is asked for while this person lingers: lists may be behind."""
        if self._habits.list_patience_s is None:
            return self._wait_for_form(page, action)
        try:
            return self._wait_for_form(page, action, self._habits.list_patience_s)
        except OutOfPatience:
            return None

    def _wait_for_form(self, page: str, action: str, patience_s: float | None = None) -> Form:
        """The form on a page, which is asked for until it is there."""
        return self._retry_until(
            f"the form {action} on {page}", lambda: self._browser.get(page).form(action), patience_s
        )

    def _send(self, form: Form, event: str, stream: str = "", post: str = "", *, marked: bool = False) -> Answer:
        """Writes down what is meant, sends it until an answer comes, and writes that down."""
        id = form.command_id
        self._ledger.write(Intent(id=id, actor=self.name, event=event, stream=stream, post=post, marked=marked))
        if self._rng.random() < self._habits.disconnects:
            self._browser.post_and_disconnect(form)
            self._note_sent_again(form, "disconnected before the answer")
        if self._rng.random() < self._habits.sends_twice:
            return self._send_twice(form)
        return self._record_answer(id, self._post_until_answered(form, self._browser))

    def _send_twice(self, form: Form) -> Answer:
        """The same form from two windows at the same moment; both answers count."""
        other = self._browser.twin()
        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(lambda browser: self._post_until_answered(form, browser), (self._browser, other)))
        other.close()
        answers = [self._record_answer(form.command_id, page) for page in pages]
        return next((answer for answer in answers if answer.accepted), answers[0])

    def _post_until_answered(self, form: Form, browser: Browser) -> Page:
        def answer() -> Page | None:
            try:
                page = browser.post(form)
            except NoAnswer as reason:
                self._note_sent_again(form, str(reason))
                raise
            if page.status >= 500:
                self._note_sent_again(form, f"answered with {page.status}")
                return None
            return page

        return self._retry_until(f"an answer to {form.action} {form.command_id}", answer)

    def _note_sent_again(self, form: Form, why: str) -> None:
        self._ledger.write(SentAgain(id=form.command_id, why=why))

    def _record_answer(self, id: str, page: Page) -> Answer:
        answer = Answer(id=id, status=page.status, location=page.location)
        self._ledger.write(answer)
        return answer

    def _retry_until(self, what: str, ask: Callable[[], Found | None], patience_s: float | None = None) -> Found:
        """Asks until there is something, through broken connections and errors of the server."""

        def attempt() -> Found | None:
            with suppress(NoAnswer):
                return ask()
            return None

        timeout_s = self._patience_s if patience_s is None else patience_s
        if (found := wait_for(timeout_s, attempt, PAUSE_S)) is None:
            raise OutOfPatience(f"{self.name} waited {timeout_s:g} s for {what}")
        return found
