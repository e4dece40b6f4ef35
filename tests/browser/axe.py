"""What axe finds on a page: its script is put there once, and only what is wrong comes back."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_IS_THERE = "() => typeof axe !== 'undefined'"
_RUN = """async ([rules, without]) => {
    const options = { resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}) };
    const { violations } = await axe.run({ include: [document], exclude: without }, options);
    return violations.map(({ id, nodes }) => [id, nodes[0].html.slice(0, 300)]);
}"""


def violations(window: Page, *rules: str, without: str = "") -> list[tuple[str, str]]:
    """Each rule that is broken, by its name, with the first element that breaks it.

    rules: only these, or all. without: a selector of what isn't looked at.
    """
    if not window.evaluate(_IS_THERE):
        window.evaluate(AXE_SCRIPT)
    found = window.evaluate(_RUN, [list(rules), [[without]] if without else []])
    return [(id, html) for id, html in found]
