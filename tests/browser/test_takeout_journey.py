"""A takeout in a browser: made while somebody watches, downloaded, and read without a connection."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.conftest import Opens
from tests.browser.steps import button, check

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<img src=https://evil.example/x.png onerror=alert(1)>"
WIDTHS = (320, 1280)


def test_it_is_made_downloaded_and_read_offline(person: Opens, browser: Browser, tmp_path: Path) -> None:
    ann = person()
    ann.publish("שלום עולם", f"# One\n\nWords. {HOSTILE}\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    page = ann.page
    page.goto("/settings")
    page.get_by_role("link", name="takeout").click()
    button(page, "Make a takeout").click()
    ready = page.get_by_role("heading", name="It is ready")
    if ann.scripts:
        expect(ready).to_be_visible(timeout=20_000)
    else:
        for _ in range(40):
            page.goto("/settings/export")
            if ready.is_visible():
                break
            page.wait_for_timeout(500)
    check(ann)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the takeout").click()
    with zipfile.ZipFile(downloading.value.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    context = browser.new_context(offline=True)
    offline = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    offline.on("request", lambda request: asked.append(request.url))
    offline.on("console", lambda message: said.append(message.text))
    address = (tmp_path / "index.html").as_uri()
    offline.goto(address)
    expect(offline.get_by_role("heading", name="שלום עולם")).to_be_visible()
    expect(offline.get_by_text(HOSTILE)).to_be_visible()
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            offline.set_viewport_size({"width": width, "height": 800})
            offline.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert offline.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"it scrolls at {width} px"
            assert violations(offline) == []
    assert asked == [address]
    assert said == []
    context.close()
