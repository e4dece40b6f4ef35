"""A site of real processes, and people in front of it in real browsers, with JavaScript and without."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tools.drill.browser import Browser as Visitor
from tools.drill.browser import forms
from tools.drill.processes import PROJECTOR, ROOT, WEB, Supervisor, free_port, python, wait_until_served

PASSWORD = "correct horse battery"
PATIENCE_MS = 20_000
"""A busy machine may be slow; what waits this long has failed."""
expect.set_options(timeout=PATIENCE_MS)
numbers = count(1)
Opens = Callable[..., "Someone"]


class Running:
    """gunicorn and the projector on a folder and a port of their own."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(port),
            "RATE_LIMITS": "off",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "16",
        }
        self.command("migrate")
        self.supervisor = Supervisor([WEB, PROJECTOR], folder, self.environment)
        self.supervisor.start()
        try:
            wait_until_served(port, 60.0)
        except BaseException:
            self.supervisor.stop()
            raise

    def command(self, *words: str) -> None:
        """What an operator types after bin/verbatim."""
        subprocess.run(
            python("cli", *words),
            cwd=ROOT,
            env=os.environ | self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )


class Someone:
    """A person with a window. wrong: what the browser complained about, other than answers that refuse."""

    def __init__(self, context: BrowserContext, handle: str, wrong: list[str], *, scripts: bool) -> None:
        self.context = context
        self.handle = handle
        self.scripts = scripts
        self._wrong = wrong
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self._wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._heard(page, said.type, said.text))
        return page

    def post(self, path: str, form: str = "", **typed: str) -> str:
        """Sends a form of the page at path without showing it, and gives where it led to: for what is given."""
        found = {one.action: one for one in forms(self.context.request.get(path).text())}[form or path]
        answer = self.context.request.post(found.action, form={**found.fields, **typed})
        assert answer.status == 200, answer.text()
        return answer.url

    def publish(self, title: str, body: str = "Some words.") -> str:
        """Its address, once others are shown it too: until then the page is a 404 to them, and stays one."""
        url = self.post("/posts/new", title=title, body=body)
        until = time.monotonic() + 20
        while not _is_shown(url):
            assert time.monotonic() < until, url
            time.sleep(0.05)
        return url

    def comment(self, url: str, body: str) -> None:
        self.post(url, url[url.index("/posts") :] + "/comments", body=body)

    def forget_errors(self) -> None:
        """Those that a test has brought about on purpose."""
        self._wrong.clear()

    def _heard(self, page: Page, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource: the server responded with a status of 4"):
            self._wrong.append(f"{page.url}: {text}")


def _is_shown(url: str) -> bool:
    """To a stranger."""
    try:
        with urllib.request.urlopen(url) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives Chromium, whatever file it stands in."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("running"))
    yield running
    assert running.supervisor.stop() == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browsers of this test run JavaScript."""
    return bool(request.param)


@pytest.fixture
def stranger(browser: Browser, running: Running, scripts: bool) -> Iterator[Opens]:
    """stranger() opens a window for somebody who isn't logged in. No window may complain until the test is over."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def stranger(handle: str = "", **options: Any) -> Someone:
        context = browser.new_context(base_url=running.url, java_script_enabled=scripts, **options)
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return Someone(context, handle, wrong, scripts=scripts)

    yield stranger
    for context in opened:
        context.close()
    assert wrong == []


@pytest.fixture
def person(stranger: Opens) -> Opens:
    """person("ann") opens a window for somebody who has just registered, as ann1 or so."""

    def person(name: str = "ann") -> Someone:
        someone = stranger(f"{name}{next(numbers)}")
        someone.post("/register", handle=someone.handle, password=PASSWORD)
        return someone

    return person


@pytest.fixture(scope="session")
def staff(running: Running) -> dict[str, str]:
    """Role → the handle of somebody who has it, with everyone's password."""
    people = {"moderator": "mod", "admin": "root"}
    for role, handle in people.items():
        visitor = Visitor(int(running.url.rpartition(":")[2]))
        form = visitor.get("/register").form("/register")
        assert form is not None
        visitor.post(form.filled(handle=handle, password=PASSWORD))
        visitor.close()
        running.command("promote", handle, role)
    return people


@pytest.fixture
def on_duty(stranger: Opens, staff: dict[str, str]) -> Opens:
    """on_duty("moderator") opens a window for one, logged in."""

    def on_duty(role: str) -> Someone:
        someone = stranger(staff[role])
        someone.post("/login", handle=someone.handle, password=PASSWORD)
        return someone

    return on_duty
