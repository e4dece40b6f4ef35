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
from tests.projector.processes import eventually
from tests.webhooks.conftest import ROOT, SITE_KEY, Program, WebhookSite
from tools.drill.processes import free_port

PAGE = ROOT / "docs" / "webhooks.md"
HOOK = "0192abcd-0000-7000-8000-000000000005"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def program(run: Callable[..., Program], port: int) -> Program:
    """The program of the page, as it stands there."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    program = run("-c", found[1], str(port), WEBHOOK_SECRET=signing.secret(SITE_KEY, HOOK, 0))

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(listens)
    return program


def test_the_documented_receiver_takes_an_event_once(site: WebhookSite, program: Program, port: int):
    site.send(AddWebhook(handle="ann", webhook=HOOK, url=f"http://127.0.0.1:{port}/"))
    id = site.publish()
    site.deliver()
    assert [(one.state, one.status) for one in site.queue(HOOK)] == [("delivered", 204)]
    site.change_rows(state="dead")
    webhook_deliveries.replay(site.control, HOOK)
    site.deliver()
    assert site.states(HOOK) == ["delivered"]
    assert program.output() == f"org.verbatim.PostPublished post-{id}\n"


@pytest.mark.parametrize("wrong", ["body", "id", "old", "secret", "none"])
def test_the_documented_receiver_refuses_what_is_not_genuine(program: Program, port: int, wrong: str):
    moment = int(time.time()) - (301 if wrong == "old" else 0)
    secret = signing.secret(SITE_KEY, HOOK, 1 if wrong == "secret" else 0)
    headers = {"webhook-id": "a", "webhook-timestamp": str(moment)}
    headers["webhook-signature"] = signing.signature([secret], "a", moment, b'{"type": "t"}')
    if wrong == "id":
        headers["webhook-id"] = "b"
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        b'{"type": "T"}' if wrong == "body" else b'{"type": "t"}',
        {} if wrong == "none" else headers,
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(sent, timeout=10)
    assert program.output() == ""
