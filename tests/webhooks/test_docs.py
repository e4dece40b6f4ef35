"""The receiver in docs/webhooks.md takes what the site sends, once, and refuses what somebody else makes of it."""

import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from domain import signing
from domain.webhook import AddWebhook
from operational import webhook_deliveries
from tests.webhooks.conftest import ROOT, SITE_KEY, Program, WebhookSite, eventually
from tools.drill.processes import free_port

PAGE = ROOT / "docs" / "webhooks.md"
HOOK = "0192abcd-0000-7000-8000-000000000005"


class Documented:
    """The program of the page, as it stands there."""

    def __init__(self, run: Callable[..., Program]) -> None:
        found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        assert found is not None
        self.port = free_port()
        self._program = run("-c", found[1], str(self.port), WEBHOOK_SECRET=signing.secret(SITE_KEY, HOOK, 0))
        eventually(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def output(self) -> list[str]:
        return self._program.output().splitlines()


@pytest.fixture
def program(run: Callable[..., Program]) -> Documented:
    return Documented(run)


def test_the_documented_receiver_takes_an_event_once(site: WebhookSite, program: Documented):
    site.send(AddWebhook(handle="ann", webhook=HOOK, url=f"http://127.0.0.1:{program.port}/"))
    id = site.publish()
    site.deliver()
    assert [(one.state, one.status) for one in site.queue(HOOK)] == [("delivered", 204)]
    site.change_rows(state="dead")
    webhook_deliveries.replay(site.control, HOOK)
    site.deliver()
    assert site.states(HOOK) == ["delivered"]
    assert program.output() == [f"PostPublished post-{id}"]


@pytest.mark.parametrize("wrong", ["body", "id", "old", "secret", "none"])
def test_the_documented_receiver_refuses_what_is_not_genuine(program: Documented, wrong: str):
    moment = int(time.time()) - (301 if wrong == "old" else 0)
    secret = signing.secret(SITE_KEY, HOOK, 1 if wrong == "secret" else 0)
    headers = {"webhook-id": "a", "webhook-timestamp": str(moment)}
    headers["webhook-signature"] = signing.signature([secret], "a", moment, b'{"type": "t"}')
    if wrong == "id":
        headers["webhook-id"] = "b"
    sent = urllib.request.Request(
        f"http://127.0.0.1:{program.port}/",
        b'{"type": "T"}' if wrong == "body" else b'{"type": "t"}',
        {} if wrong == "none" else headers,
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(sent, timeout=10)
    assert program.output() == []
