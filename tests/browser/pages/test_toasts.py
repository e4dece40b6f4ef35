"""What a toast speaks of isn't covered by it, whatever else comes meanwhile."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opens, Someone
from tests.browser.steps import WITH_SCRIPTS, add_comment, comment_with, reply

CLEAR_OF_TOAST = """comment => {
    const at = comment.getBoundingClientRect(), toast = document.getElementById("status").getBoundingClientRect();
    return at.bottom <= toast.top || at.top >= innerHeight;
}"""


def opened_in_a_small_window(ann: Someone, width: int = 320, height: int = 480) -> Page:
    """A post of theirs."""
    ann.page.set_viewport_size({"width": width, "height": height})
    ann.page.goto(ann.publish("Short"))
    return ann.page


def add_clear_of_toast(page: Page, words: str) -> None:
    """Adds a comment, and waits until the toast that says so leaves it uncovered."""
    add_comment(page, words)
    expect(page.get_by_role("status")).not_to_be_empty()
    page.wait_for_function(CLEAR_OF_TOAST, arg=comment_with(page, words).element_handle())


@WITH_SCRIPTS
@pytest.mark.parametrize(("width", "height"), [(320, 480), (768, 500), (1280, 460)])
def test_a_toast_does_not_cover_what_was_just_added(person: Opens, width: int, height: int) -> None:
    page = opened_in_a_small_window(person(), width, height)
    for words in ("The first.", "The second.", "The third."):
        add_clear_of_toast(page, words)


ANOTHER_ANSWER_MEANWHILE = """() => document.addEventListener("htmx:before:swap", ({ detail }) => {
    if (detail.ctx.request?.method !== "POST" || detail.ctx.another) return;
    detail.ctx.another = true;
    const another = { text: "<p></p>", target: "#refresh", swap: "none", sourceElement: document.body };
    queueMicrotask(() => htmx.swap(another));
})"""


@WITH_SCRIPTS
def test_another_answer_meanwhile_takes_neither_focus_nor_the_room_above_the_toast(person: Opens) -> None:
    page = opened_in_a_small_window(person())
    page.evaluate(ANOTHER_ANSWER_MEANWHILE)
    for words in ("The first.", "The second.", "The third."):
        add_clear_of_toast(page, words)
    reply(page, "The first.", "Below it.")
    expect(comment_with(page, "Below it.").last).to_be_focused()


@WITH_SCRIPTS
def test_what_came_by_the_stream_first_is_clear_of_the_toast_too(person: Opens) -> None:
    page = opened_in_a_small_window(person())

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        page.evaluate("() => htmx.trigger('#refresh', 'refresh')")
        comment_with(page, "Came early.").wait_for()
        route.fulfill(response=answer)

    page.route("**/comments", answer_late)
    add_clear_of_toast(page, "Came early.")
