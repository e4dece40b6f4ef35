"""Webhooks: somebody's own, ten at most, to addresses that can be called; and how deliveries are signed."""

import base64
import hashlib
import hmac

import msgspec
import pytest

from domain import signing, webhook
from domain.account import OPERATOR
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Suspended
from domain.events import by_type
from domain.webhook import (
    KINDS,
    MOST,
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
ADD = AddWebhook(
    handle="ada", webhook=ID, url=f" {URL} ", kinds=("Liked", "PostPublished", "Liked"), description=" my  bot "
)
ADDED = WebhookAdded(handle="ada", webhook=ID, url=URL, kinds=("PostPublished", "Liked"), description="my bot")
OF_ADA = {"handle": "ada", "webhook": ID}
CHANGE = ChangeWebhook(**OF_ADA, url="http://bot.example:8080/")
PAUSE, RESUME, REMOVE = PauseWebhook(**OF_ADA), ResumeWebhook(**OF_ADA), RemoveWebhook(**OF_ADA)
ROTATE = RotateWebhookSecret(**OF_ADA, old_until=LATER)


def added() -> Case:
    return people().given(ADDED)


def test_somebody_adds_a_webhook_of_their_own():
    people().when(ADD).then(ADDED)
    people().when(ADD, by="bob").refused(Forbidden)
    people().when(ADD, by="nobody").refused(Forbidden)
    people().when(msgspec.structs.replace(ADD, handle="sus"), by="sus").refused(Suspended)
    added().when(ADD).refused(Conflict)


def test_ten_are_the_most_and_one_removed_makes_room():
    case = people()
    for number in range(MOST):
        case.given(msgspec.structs.replace(ADDED, webhook=f"{OTHER[:-1]}{number:x}"))
    case.when(msgspec.structs.replace(ADD, webhook=OTHER[:-1] + "f")).refused(Conflict, "10 webhooks")
    case.when(msgspec.structs.replace(REMOVE, webhook=OTHER))
    case.when(msgspec.structs.replace(ADD, webhook=OTHER[:-1] + "f"))
    assert len(case.stored) == 1


def test_its_owner_changes_it_and_saying_the_same_is_nothing():
    changed = WebhookChanged(**OF_ADA, url="http://bot.example:8080/", kinds=(), description="")
    added().when(CHANGE).then(changed).when(CHANGE).then()


def test_paused_and_resumed_each_once():
    case = added().when(PAUSE).then(WebhookPaused(**OF_ADA)).when(PAUSE).then()
    case.when(RESUME).then(WebhookResumed(**OF_ADA)).when(RESUME).then()


def test_the_site_itself_may_pause_one_and_say_why_but_do_nothing_else():
    said = msgspec.structs.replace(PAUSE, reason="It answered  410 Gone.")
    case = added().when(said, by=OPERATOR).then(WebhookPaused(**OF_ADA))
    assert case.stored[0].reason == "It answered 410 Gone."
    for command in (CHANGE, RESUME, ROTATE, REMOVE):
        added().when(command, by=OPERATOR).refused(Forbidden)


def test_each_rotation_counts_on():
    rotated = WebhookSecretRotated(**OF_ADA, rotation=1, old_until=LATER)
    again = msgspec.structs.replace(rotated, rotation=2)
    added().when(ROTATE).then(rotated).when(ROTATE).then(again)


def test_removed_its_addresses_are_gone_from_the_store():
    case = added().when(CHANGE).when(REMOVE).then(WebhookErased(**OF_ADA, erased=(1, 2)))
    first, second, last = case.store.load("webhooks-ada")
    assert [event.erased for commit in (first, second) for event in commit.events] == [True, True]
    assert b"bot.example" not in b"".join(bytes(event.data) for commit in (first, second) for event in commit.events)
    assert last.last == 3
    case.when(REMOVE).refused(NotFound)


@pytest.mark.parametrize("command", [CHANGE, PAUSE, RESUME, ROTATE, REMOVE], ids=lambda it: type(it).__name__)
def test_others_learn_nothing_of_it_whatever_their_role(command):
    for by in ("bob", "mod", "root"):
        added().when(command, by=by).refused(Forbidden)
        added().when(msgspec.structs.replace(command, handle=by), by=by).refused(NotFound)
    people().when(command).refused(NotFound)


def test_somebody_suspended_can_pause_and_remove_but_nothing_else():
    theirs = msgspec.structs.replace(ADDED, handle="sus")
    for command in (PAUSE, REMOVE):
        case = people().given(theirs).when(msgspec.structs.replace(command, handle="sus"), by="sus")
        assert len(case.stored) == 1
    for command in (CHANGE, RESUME, ROTATE):
        people().given(theirs).when(msgspec.structs.replace(command, handle="sus"), by="sus").refused(Suspended)


@pytest.mark.parametrize(
    "url",
    [
        "https://bot.example",
        "http://bot.example:80/x",
        "http://[2001:db8::1]:1024/",
        "https://xn--bcher-kva.example/%C3%A9?q=1",
        "HTTPS://bot.example:443/",
    ],
)
def test_an_address_that_can_be_called(url: str):
    case = people().when(msgspec.structs.replace(ADD, url=url))
    assert len(case.stored) == 1, case.outcome


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "can't be empty"),
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
def test_an_address_that_cannot(url: str, words: str):
    people().when(msgspec.structs.replace(ADD, url=url)).refused(Invalid, words)


@pytest.mark.parametrize("kinds", [("Everything",), ("PasswordSet",), ("TokenIssued",), ("WebhookAdded",)])
def test_kinds_are_of_public_events(kinds: tuple[str, ...]):
    people().when(msgspec.structs.replace(ADD, kinds=kinds)).refused(Invalid, "Kinds")
    assert not webhook.tells((), kinds[0])


def test_without_kinds_it_is_told_of_every_public_event_and_no_secret_one():
    assert {name for name in by_type() if webhook.tells((), name)} == set(KINDS)
    assert all(not by_type()[name].secret for name in KINDS)
    assert webhook.tells(("Liked",), "Liked")
    assert not webhook.tells(("Liked",), "Unliked")


def test_a_secret_is_the_same_again_and_another_for_each_key_webhook_and_rotation():
    one = signing.secret("key", ID, 0)
    assert one == signing.secret("key", ID, 0)
    assert one.startswith("whsec_")
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32
    others = {signing.secret("yek", ID, 0), signing.secret("key", OTHER, 0), signing.secret("key", ID, 1), one}
    assert len(others) == 4


def test_a_signature_is_what_the_convention_says():
    """By hand: base64(HMAC-SHA256(the secret's bytes, id.timestamp.body)), and the convention's published example."""
    mine = signing.secret("key", ID, 0)
    mac = hmac.new(base64.b64decode(mine[6:]), b"msg_1.1700000000.{}", hashlib.sha256).digest()
    assert signing.signature([mine], "msg_1", 1_700_000_000, b"{}") == "v1," + base64.b64encode(mac).decode()
    both = signing.signature([mine, signing.secret("key", ID, 1)], "msg_1", 1_700_000_000, b"{}")
    assert len(set(both.split(" "))) == 2
    published = signing.signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        b'{"test": 2432232314}',
    )
    assert published == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
