"""While the projector is away what people write is stored, and said to be; it appears once the projector is back."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens, Running
from tests.browser.steps import button, check, comment_with, of_post

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAVED = "Saved. Lists are catching up."


@pytest.fixture
def projector(running: Running) -> Iterator[int]:
    """Its process id; it runs again afterwards, whatever the test did to it."""
    pid = running.supervisor.pid("projector")
    assert pid is not None
    yield pid
    if running.supervisor.pid("projector") == pid:
        os.kill(pid, signal.SIGCONT)


def test_a_post_appears_once_the_projector_goes_on(person: Opens, projector: int) -> None:
    ann = person()
    page = ann.page
    page.goto("/posts/new")
    page.get_by_label("Title").fill("Patience")
    page.get_by_label("Body").fill("Is stored already.")
    os.kill(projector, signal.SIGSTOP)
    button(page, "Publish").click()
    expect(page.get_by_text(SAVED)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved")
    check(ann)
    os.kill(projector, signal.SIGCONT)
    expect(page.get_by_role("heading", level=1)).to_have_text("Patience")
    expect(of_post(page)).to_contain_text("Is stored already.")


def test_a_comment_and_a_like_are_there_after_the_projector_was_killed(person: Opens, running: Running) -> None:
    ann = person()
    page = ann.page
    url = ann.publish("Sturdy")
    page.goto(url)
    page.get_by_label("Comment").fill("Outlives a crash.")
    running.supervisor.remove("projector")
    try:
        button(page, "Add comment").click()
        expect(page.get_by_text(SAVED)).to_be_visible()
        expect(comment_with(page, "Outlives a crash.")).to_have_count(0)
        check(ann)
        # The sentence may still stand there from before: the next page must not come in the way of the form.
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            button(of_post(page), "Like").click()
        expect(page.get_by_text(SAVED)).to_be_visible()
    finally:
        running.supervisor.add("projector")
    until = time.monotonic() + 30
    while not comment_with(page, "Outlives a crash.").count() and time.monotonic() < until:
        page.goto(url)
    expect(comment_with(page, "Outlives a crash.")).to_have_count(1)
    expect(of_post(page)).to_contain_text("1 like")
