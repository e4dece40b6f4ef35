"""Who may see the site's figures: the machine itself, past any proxy, and whoever shows the operator's token."""

from typing import Any

import pytest

from webapp.server import behind_proxy

TOKEN = "a-token-of-the-operator"
ELSEWHERE = "198.51.100.7"


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200), ("127.8.8.8", {}, 200), ("::1", {}, 200), ("::ffff:127.0.0.1", {}, 200),
        (ELSEWHERE, {}, 403), ("::ffff:198.51.100.7", {}, 403), ("10.0.0.2", {}, 403), ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": ELSEWHERE}, 403), ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": f"for={ELSEWHERE}"}, 403), ("127.0.0.1", {"X-Real-IP": ELSEWHERE}, 403),
        (ELSEWHERE, {"Authorization": f"Bearer {TOKEN}"}, 200), (ELSEWHERE, {"Authorization": f"bearer {TOKEN}"}, 200),
        (ELSEWHERE, {"Authorization": f"Bearer {TOKEN}x"}, 403), (ELSEWHERE, {"Authorization": f"Basic {TOKEN}"}, 403),
        (ELSEWHERE, {"Authorization": "Bearer "}, 403), (ELSEWHERE, {"Authorization": "Bearer \xff"}, 403),
        (ELSEWHERE, {"X-Forwarded-For": ELSEWHERE, "Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)  # fmt: skip
def test_only_the_machine_itself_and_the_token_see_the_sites_figures(
    build: Any, path: str, address: str, headers: dict[str, str], status: int
) -> None:
    client = build(metrics_token=TOKEN).visitor().client
    answer = client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert client.get("/healthz", headers=headers, environ_overrides={"REMOTE_ADDR": address}).status_code == 200


def test_without_a_token_no_token_opens(world: Any) -> None:
    client = world.visitor().client
    for shown in ("", "Bearer", "Bearer ", "Bearer x"):
        answer = client.get("/metrics", headers={"Authorization": shown}, environ_overrides={"REMOTE_ADDR": ELSEWHERE})
        assert answer.status_code == 403


@pytest.mark.parametrize(("forwarded", "status"), [(None, 200), (ELSEWHERE, 403), (f"127.0.0.1, {ELSEWHERE}", 403)])
def test_behind_a_trusted_proxy_the_visitor_counts_and_not_the_proxy(
    world: Any, forwarded: str | None, status: int
) -> None:
    behind_proxy.trust_one(world.app)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert world.visitor().client.get("/metrics", headers=headers).status_code == status
