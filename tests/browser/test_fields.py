"""Fields as they look: one that was refused is red, whatever its kind, and a slider goes from end to end."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.test_look import Served, browser, served, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

__all__ = ["browser", "served", "visit"]
_COLOURS = """field => {
    const probe = document.createElement("i");
    probe.style.color = "var(--danger)";
    document.body.append(probe);
    const style = getComputedStyle(field);
    const sides = ["Top", "Right", "Bottom", "Left"].map(side => style[`border${side}Color`]);
    const danger = getComputedStyle(probe).color;
    probe.remove();
    return new Set([danger, ...sides]).size === 1 && style.borderTopWidth === "2px";
}"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("who", "path", "labels"),
    [
        ("ada", "/posts/new", ("Title", "Body")),
        ("mod", "/posts/{long}/remove", ("Reason",)),
        ("ada", "/settings/webhooks", ("Current password",)),
        (None, "/register", ("Handle", "Password")),
    ],
)
def test_a_refused_field_is_red(
    visit: Any, served: Served, who: str | None, path: str, labels: tuple[str, ...], scheme: str, scripts: bool
) -> None:
    window = visit(who, color_scheme=scheme, java_script_enabled=scripts)
    window.goto(path.format(**served.ids))
    main = window.locator("main")
    form = main.locator("form").filter(has=window.get_by_label(labels[0], exact=True)).first
    form.evaluate("form => { form.noValidate = true; }")
    form.locator("button:not([formaction])").first.click()
    for label in labels:
        field = main.get_by_label(label, exact=True).first
        expect(field).to_have_attribute("aria-invalid", "true")
        assert field.evaluate(_COLOURS), label
    if scripts:
        assert violations(window) == []


@pytest.mark.parametrize("kind", ["text", "search", "url", "email", "password", "number", "date", "textarea", "select"])
def test_every_kind_of_field_can_be_red(visit: Any, kind: str) -> None:
    window: Page = visit()
    window.goto("/login")
    window.evaluate(
        """kind => {
            const field = document.createElement(["textarea", "select"].includes(kind) ? kind : "input");
            if (field.matches("input")) field.type = kind;
            field.id = "probe";
            field.setAttribute("aria-invalid", "true");
            document.querySelector("main").append(field);
        }""",
        kind,
    )
    assert window.locator("#probe").evaluate(_COLOURS)


def test_the_slider_of_versions_goes_from_end_to_end(visit: Any, served: Served) -> None:
    """What is seen of it is its track: no box around it goes on where the thumb can't."""
    window: Page = visit("ada")
    window.goto(f"/posts/{served.ids['long']}/history")
    slider = window.get_by_role("slider")
    last = slider.get_attribute("max")
    for edge in ("padding-left", "padding-right", "border-left-width", "border-right-width"):
        expect(slider).to_have_css(edge, "0px")
    preview = window.locator("#version-preview")
    for key, version in (("Home", "1"), ("End", last), ("ArrowLeft", str(int(last or 0) - 1)), ("ArrowRight", last)):
        slider.focus()
        window.keyboard.press(key)
        expect(slider).to_have_value(str(version))
        expect(preview).to_contain_text(re.compile(rf"[Vv]ersion {version}\b"))
    assert violations(window) == []
