"""One person who does what a test says, and keeps a ledger as the others do: the checker knows all that is stored."""

from tools.drill.browser import Page
from tools.drill.ledger import Answer
from tools.drill.writer import Writer


class Traveller(Writer):
    def close(self) -> None:
        self._browser.close()
        self._ledger.close()

    def register(self) -> None:
        self._register()

    def get(self, path: str) -> Page:
        """A page, by a new connection: there may be other containers by now."""
        self._browser.close()
        return self._browser.get(path)

    def publish(self, title: str, body: str) -> str:
        """The new post's id. The command's own id comes to stand before the body, for the checker."""
        form = self._wait_for_form("/posts/new", "/posts/new")
        answer = self._send(form.filled(title=title, body=f"{form.command_id} {body}"), "PostPublished", marked=True)
        return _accepted(answer).location.rpartition("/")[2]

    def edit(self, post: str, body: str) -> None:
        address = f"/posts/{post}/edit"
        form = self._wait_for_form(address, address)
        form = form.filled(body=f"{form.command_id} {body}")
        _accepted(self._send(form, "PostEdited", f"post-{post}", post, marked=True))

    def comment(self, post: str, body: str) -> None:
        form = self._wait_for_form(f"/posts/{post}", f"/posts/{post}/comments")
        _accepted(self._send(form.filled(body=f"{form.command_id} {body}"), "CommentAdded", post=post, marked=True))


def _accepted(answer: Answer) -> Answer:
    assert answer.accepted, answer
    return answer
