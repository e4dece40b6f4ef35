"""Webhooks: somebody's own, ten at most, to addresses that can be called; and how deliveries are signed."""

import base64
import hashlib
import hmac

import pytest
from msgspec.structs import replace

from domain import signing, webhook
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Suspended
from domain.events import by_type
from domain.messages import Command
from domain.rights import OPERATOR
from domain.webhook import (
    KINDS,
    MAX_WEBHOOKS,
    AddWebhook,
    ChangeWebhook,
    PauseWebhook,
    RemoveWebhook,
    ResumeWebhook,
    RotateWebhookSecret,
    WebhookAdded,
    WebhookChanged,
    WebhookErased,
    WebhookPaused,
    WebhookResumed,
    WebhookSecretRotated,
)
from tests.domain.case import Case, people

ID, OTHER = "0192abcd-0000-7000-8000-000000000005", "0192abcd-0000-7000-8000-000000000006"
URL, LATER = "https://bot.example/hook?a=b", "2026-11-25T06:00:00.000000Z"
OF_ADA = {"handle": "ada", "webhook": ID}
ADD = AddWebhook(**OF_ADA, url=f" {URL} ", kinds=("Liked", "PostPublished", "Liked"), description=" my  bot ")
ADDED = WebhookAdded(**OF_ADA, url=URL, kinds=("PostPublished", "Liked"), description="my bot")
CHANGE = ChangeWebhook(**OF_ADA, url="http://bot.example:8080/")
CHANGED = WebhookChanged(**OF_ADA, url="http://bot.example:8080/", kinds=(), description="")
PAUSE, RESUME, REMOVE = PauseWebhook(**OF_ADA), ResumeWebhook(**OF_ADA), RemoveWebhook(**OF_ADA)
ROTATE = RotateWebhookSecret(**OF_ADA, old_until=LATER)


def added() -> Case:
    return people().given(ADDED)


def test_its_owner_adds_changes_pauses_resumes_and_renews_it():
    case = people().when(ADD).then(ADDED).when(ADD).refused(Conflict)
    case.when(CHANGE).then(CHANGED).when(CHANGE).then()
    case.when(PAUSE).then(WebhookPaused(**OF_ADA)).when(PAUSE).then()
    case.when(RESUME).then(WebhookResumed(**OF_ADA)).when(RESUME).then()
    for rotation in (1, 2):
        case.when(ROTATE).then(WebhookSecretRotated(**OF_ADA, rotation=rotation, old_until=LATER))


def test_removed_its_addresses_are_gone_from_the_store():
    case = added().when(CHANGE).when(REMOVE).then(WebhookErased(**OF_ADA, erased=(1, 2)))
    events = [event for commit in case.store.load("webhooks-ada") for event in commit.events]
    assert [event.erased for event in events] == [True, True, False]
    assert b"bot.example" not in b"".join(bytes(event.data) for event in events)
    case.when(REMOVE).refused(NotFound)


def test_ten_are_the_most_and_one_removed_makes_room():
    case = people()
    for number in range(MAX_WEBHOOKS):
        case.given(replace(ADDED, webhook=f"{OTHER[:-1]}{number:x}"))
    case.when(replace(ADD, webhook=OTHER[:-1] + "f")).refused(Conflict, "10 webhooks")
    case.when(replace(REMOVE, webhook=OTHER))
    case.when(replace(ADD, webhook=OTHER[:-1] + "f"))
    assert len(case.stored) == 1


def test_the_site_itself_may_pause_one_and_tell_why_but_do_nothing_else():
    why = replace(PAUSE, reason="It answered  410 Gone.")
    case = added().when(why, by=OPERATOR).then(WebhookPaused(**OF_ADA))
    assert case.stored[0].reason == "It answered 410 Gone."
    for command in (CHANGE, RESUME, ROTATE, REMOVE):
        added().when(command, by=OPERATOR).refused(Forbidden)


@pytest.mark.parametrize("command", [ADD, CHANGE, PAUSE, RESUME, ROTATE, REMOVE], ids=lambda it: type(it).__name__)
def test_others_learn_nothing_of_it_and_somebody_suspended_can_only_stop_it(command: Command):
    for by in ("bob", "mod", "root", "nobody"):
        added().when(command, by=by).refused(Forbidden)
    theirs, suspended = replace(ADDED, handle="sus"), replace(command, handle="sus")
    if command is not ADD:
        added().when(replace(command, handle="bob"), by="bob").refused(NotFound)
        people().when(command).refused(NotFound)
    case = people().given(theirs).when(suspended, by="sus")
    if command in (PAUSE, REMOVE):
        assert len(case.stored) == 1
    else:
        case.refused(Suspended)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://bot.example", ""),
        ("http://bot.example:80/x", ""),
        ("http://[2001:db8::1]:1024/", ""),
        ("https://xn--bcher-kva.example/%C3%A9?q=1", ""),
        ("HTTPS://bot.example:443/", ""),
        (" \t", "can't be empty"),
        ("bot.example", "whole address"),
        ("ftp://bot.example/", "https://"),
        ("javascript:alert(1)", "whole address"),
        ("https://ada:pw@bot.example/", "name or a password"),
        ("https://ada@bot.example/", "name or a password"),
        ("https://bot.example/#top", "# part"),
        ("https://bot.example:99999/", "can't be"),
        ("http://[::1/", "can't be"),
        ("http://bot.example:25/", "port"),
        ("https://bücher.example/", "ASCII"),
        ("https://bot.example/" + "x" * 2000, "the most"),
        ("https://bot.example/\x00", "control character"),
    ],
)
def test_an_address_must_be_one_that_can_be_called(url: str, words: str):
    case = people().when(replace(ADD, url=url))
    if words:
        case.refused(Invalid, words)
    else:
        case.then(replace(ADDED, url=url))


def test_it_is_told_of_public_events_alone():
    for kind in ("Everything", "PasswordSet", "TokenIssued", "WebhookAdded"):
        people().when(replace(ADD, kinds=(kind,))).refused(Invalid, "Kinds")
    assert {name for name in by_type() if webhook.wants((), name)} == set(KINDS)
    assert not any(by_type()[name].secret for name in KINDS)
    assert [webhook.wants(("Liked",), kind) for kind in ("Liked", "Unliked")] == [True, False]


def test_a_secret_is_the_same_again_and_another_for_each_key_webhook_and_rotation():
    parts = [("key", ID, 0), ("yek", ID, 0), ("key", OTHER, 0), ("key", ID, 1)]
    secrets = [signing.secret(*part) for part in parts]
    assert secrets == [signing.secret(*part) for part in parts]
    assert len(set(secrets)) == 4
    assert {(secret[:6], len(base64.b64decode(secret[6:]))) for secret in secrets} == {("whsec_", 32)}


def test_a_signature_is_what_the_convention_says():
    """By hand: base64(HMAC-SHA256(the secret's bytes, id.timestamp.body)), and the convention's published example."""
    mine, other = signing.secret("key", ID, 0), signing.secret("key", ID, 1)
    mac = hmac.new(base64.b64decode(mine[6:]), b"msg_1.1700000000.{}", hashlib.sha256).digest()
    both = signing.signature([mine, other], "msg_1", 1_700_000_000, b"{}").split(" ")
    assert both[0] == "v1," + base64.b64encode(mac).decode() != both[1]
    published = signing.signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        b'{"test": 2432232314}',
    )
    assert published == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
