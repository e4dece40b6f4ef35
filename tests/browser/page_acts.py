"""What somebody does on a page before it is looked at."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.steps import button, comment_with, menu_button

Act = Callable[[Page, dict[str, str]], None]


def presses(*names: str) -> Act:
    """Presses each button or link of these names, the first of each."""

    def act(window: Page, ids: dict[str, str]) -> None:
        for name in names:
            button(window.locator("main"), name).first.click()

    return act


def nothing_to_publish(window: Page, ids: dict[str, str]) -> None:
    window.get_by_label("Title").fill(" ")
    button(window, "Publish").click()
    expect(window.get_by_role("alert")).to_be_visible()


def saves_over(words: str) -> Act:
    """Saves these words over those that somebody stored meanwhile: the form is as it was at version 1."""

    def act(window: Page, ids: dict[str, str]) -> None:
        form = window.locator("main form[action$='/edit']")
        form.locator("[name=version]").evaluate("field => { field.value = '1' }")
        form.get_by_label("Body").or_(form.get_by_label("Comment")).fill(words)
        button(form, "Save").click()
        expect(window.get_by_role("region", name="What changed meanwhile")).to_be_visible()

    return act


def edits_over_another(window: Page, ids: dict[str, str]) -> None:
    menu_button(window.locator(f"#comment-{ids['note']}"), "Edit").click()
    expect(window.locator(f"#comment-{ids['note']} textarea")).to_be_focused()
    saves_over("I never kept a diary.")(window, ids)


def previews(window: Page, ids: dict[str, str]) -> None:
    window.get_by_label("Body").fill(MIXED)
    expect(window.locator("#preview table")).to_be_visible()


def previews_as_a_page(window: Page, ids: dict[str, str]) -> None:
    window.locator("form[action='/posts/new']").evaluate(
        "form => { const b = form.querySelector('[formaction]'); b.formTarget = ''; form.body.value = 'x'; b.click() }"
    )
    expect(window.get_by_role("heading", level=1, name="Preview")).to_be_visible()


def replies(window: Page, ids: dict[str, str]) -> None:
    button(comment_with(window, "diary"), "Reply").first.click()
    expect(window.locator(f"#reply-slot-{ids['note']} textarea")).to_be_focused()


def edits_in_place(window: Page, ids: dict[str, str]) -> None:
    menu_button(window.locator(f"#comment-{ids['note-pat']}"), "Edit").click()
    expect(window.locator(f"#comment-{ids['note-pat']} textarea")).to_be_focused()


def removes_and_is_offered_undo(window: Page, ids: dict[str, str]) -> None:
    menu_button(window.locator(f"#comment-{ids['note-pat']}"), "Remove").click()
    expect(button(window.get_by_role("status"), "Undo")).to_be_visible()


def sheet(window: Page, ids: dict[str, str]) -> None:
    window.keyboard.press("?")
    expect(window.get_by_role("dialog")).to_be_visible()


def menu(window: Page, ids: dict[str, str]) -> None:
    window.locator(".menu").evaluate("menu => (menu.open = true)")


def mentions(window: Page, ids: dict[str, str]) -> None:
    window.get_by_label("Body").press_sequentially("@a")
    expect(window.get_by_role("option").first).to_be_visible()


def opens_all(window: Page, ids: dict[str, str]) -> None:
    window.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")


def collapses(window: Page, ids: dict[str, str]) -> None:
    button(window, "Collapse all").click()


def token(window: Page, ids: dict[str, str]) -> None:
    window.get_by_label("What it is for").fill("A script")
    window.get_by_label("See what I may see").check()
    window.get_by_label("Current password").fill(PASSWORD)
    window.locator("form[action='/settings/tokens'] .button").click()
    expect(window.get_by_text("verb_").or_(window.locator("main code")).first).to_be_visible()


def empty_form(path: str) -> Act:
    def act(window: Page, ids: dict[str, str]) -> None:
        form = window.locator(f"main form[action='{path.format(**ids)}']").last
        form.evaluate("form => { form.noValidate = true; form.querySelector('button:not([name])').click() }")
        expect(window.get_by_role("alert").first).to_be_visible()

    return act


WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"


MIXED = f"""שלום עולם, זה טקסט ארוך בעברית עם **הדגשה**. مرحبا بالعالم

> > > nested, and deeper

- a
  - b
    - c
      1. d `code_that_is_one_word_of_considerable_length_without_any_place_to_break_it_anywhere_at_all`

| a | b | c | d | e | f | g | h | i | j |
|---|---|---|---|---|---|---|---|---|---|
| one | two | three | four | five | six | seven | eight | nine | ten |

```python
raise RuntimeError("a line that is far too long for any telephone, whichever way it is held in the hand, really")
```

{WORD * 4}
"""
