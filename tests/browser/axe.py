"""What axe finds on a page: its script is put there once, and only what is wrong comes back."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_IS_THERE = "() => typeof axe !== 'undefined'"
_RUN = """async rules => {
    const options = { resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}) };
    const { violations } = await axe.run(document, options);
    return violations.map(({ id, nodes }) => [id, nodes[0].html.slice(0, 300)]);
}"""


def violations(window: Page, *rules: str) -> list[tuple[str, str]]:
    """Each rule that is broken, by its name, with the first element that breaks it. rules: only these, or all."""
    if not window.evaluate(_IS_THERE):
        window.evaluate(AXE_SCRIPT)
    return [(id, html) for id, html in window.evaluate(_RUN, list(rules))]
