"""Webhooks: somebody's own, ten at most, to addresses that can be called; and how deliveries are signed."""

import base64

import pytest
from msgspec.structs import replace

from domain import account, signing, webhook
from domain.account import ChangePassword
from domain.catalogue import by_type
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.messages import Command
from domain.rights import OPERATOR
from tests.domain.case import Case, people
from tests.people import id_of

ID, OTHER = "0192abcd-0000-7000-8000-000000000005", "0192abcd-0000-7000-8000-000000000006"
URL, LATER = "https://bot.example/hook?a=b", "2026-11-25T06:00:00.000000Z"
OF_ADA = {"handle": "ada", "webhook": ID}
IN_EVENTS = {"account": id_of("ada"), "webhook": ID}
ADD = webhook.AddWebhook(**OF_ADA, url=f" {URL} ", kinds=("Liked", "PostPublished", "Liked"), description=" my  bot ")
OWN = {"made_by": "", "account_version": 2}
ADDED = webhook.WebhookAdded(**IN_EVENTS, url=URL, kinds=("PostPublished", "Liked"), description="my bot", **OWN)
CHANGE = webhook.ChangeWebhook(**OF_ADA, url="http://bot.example:8080/")
CONTENT = {"url": ADDED.url, "kinds": ADDED.kinds, "description": ADDED.description}
CHANGED = webhook.WebhookChanged(**IN_EVENTS, url="http://bot.example:8080/", kinds=(), description="", **OWN)
PAUSE, RESUME, REMOVE = webhook.PauseWebhook(**OF_ADA), webhook.ResumeWebhook(**OF_ADA), webhook.RemoveWebhook(**OF_ADA)
ROTATE = webhook.RotateWebhookSecret(**OF_ADA, old_until=LATER)


def added() -> Case:
    return people().given(ADDED)


def test_its_owner_adds_changes_pauses_resumes_and_renews_it():
    case = people().when(ADD).then(ADDED).when(ADD).refused(Conflict)
    case.when(CHANGE).then(CHANGED).when(CHANGE).then()
    case.when(PAUSE).then(webhook.WebhookPaused(**IN_EVENTS)).when(PAUSE).then()
    case.when(RESUME).then(webhook.WebhookResumed(**IN_EVENTS)).when(RESUME).then()
    for rotation in (1, 2):
        case.when(ROTATE).then(webhook.WebhookSecretRotated(**IN_EVENTS, rotation=rotation, old_until=LATER))


def test_removed_its_addresses_are_gone_from_the_store():
    case = added().when(CHANGE).when(REMOVE).then(webhook.WebhookErased(**IN_EVENTS, erased=(1, 2)))
    events = [event for commit in case.store.load(webhook.stream(id_of("ada"))) for event in commit.events]
    assert [event.erased for event in events] == [True, True, False]
    assert b"bot.example" not in b"".join(bytes(event.data) for event in events)
    case.when(REMOVE).refused(NotFound)


def test_ten_are_the_most_and_one_removed_makes_room():
    case = people()
    for number in range(webhook.MAX_WEBHOOKS):
        case.given(replace(ADDED, webhook=f"{OTHER[:-1]}{number:x}"))
    case.when(replace(ADD, webhook=OTHER[:-1] + "f")).refused(Conflict, "10 webhooks")
    case.when(replace(REMOVE, webhook=OTHER))
    case.when(replace(ADD, webhook=OTHER[:-1] + "f"))
    assert len(case.stored) == 1


def test_what_was_made_on_a_page_ends_with_the_next_password_unless_it_is_kept():
    case = added().when(ChangePassword(handle="ada", password_hash="new", keeps_webhooks=True))
    assert ended_with_password(case, ID) is False
    case.when(ChangePassword(handle="ada", password_hash="newer"))
    assert ended_with_password(case, ID) is True
    case.when(PAUSE).when(RESUME).refused(Conflict, "old password")
    case.when(ChangePassword(handle="ada", password_hash="newest", keeps_webhooks=True))
    assert ended_with_password(case, ID) is True
    same = replace(CHANGE, **CONTENT)
    case.when(same).then(replace(CHANGED, **CONTENT, account_version=5)).when(same).then()
    case.when(RESUME).then(webhook.WebhookResumed(**IN_EVENTS))
    assert ended_with_password(case, ID) is False


def test_what_a_token_made_outlives_a_password_and_belongs_to_what_changed_it_last():
    case = people().when(replace(ADD, made_by="token")).then(replace(ADDED, made_by="token"))
    case.when(ChangePassword(handle="ada", password_hash="new"))
    assert ended_with_password(case, ID) is False
    again = replace(CHANGE, **CONTENT, made_by="token")
    case.when(again).then()
    case.when(replace(again, made_by="")).then(replace(CHANGED, **CONTENT, account_version=3))
    case.when(ChangePassword(handle="ada", password_hash="newer"))
    assert ended_with_password(case, ID) is True
    case.when(again).then(replace(CHANGED, **CONTENT, made_by="token", account_version=4))
    assert ended_with_password(case, ID) is False


def test_one_of_before_passwords_ended_webhooks_ends_with_the_next():
    case = people().given(account.PasswordSet(account=id_of("ada"), password_hash="old", keeps_webhooks=True))
    case.given(replace(ADDED, made_by=None, account_version=0))
    assert ended_with_password(case, ID) is False
    case.when(ChangePassword(handle="ada", password_hash="new"))
    assert ended_with_password(case, ID) is True


def ended_with_password(case: Case, id: str) -> bool:
    look = case.bus.aggregates()
    return look.webhooks(id_of("ada")).ended_with_password(id, look.account_named("ada"))


def test_the_site_itself_may_pause_one_and_tell_why_or_remove_it_but_do_nothing_else():
    """It removes one again whose removal came after the backup that was restored."""
    why = replace(PAUSE, reason="It answered  410 Gone.")
    added().when(why, by=OPERATOR).then(webhook.WebhookPaused(**IN_EVENTS, reason="It answered 410 Gone."))
    added().when(REMOVE, by=OPERATOR).then(webhook.WebhookErased(**IN_EVENTS, erased=(1,)))
    for command in (CHANGE, RESUME, ROTATE):
        added().when(command, by=OPERATOR).refused(Forbidden)


@pytest.mark.parametrize("command", [PAUSE, REMOVE], ids=lambda it: type(it).__name__)
def test_its_owner_alone_can_stop_it_even_while_suspended(command: Command):
    """Who may do the rest stands in test_rights."""
    for by in ("bob", "mod", "root", "nobody"):
        added().when(command, by=by).refused(Forbidden)
    theirs, suspended = replace(ADDED, account=id_of("sus")), replace(command, handle="sus")
    assert len(people().given(theirs).when(suspended, by="sus").stored) == 1


def test_others_learn_nothing_of_it():
    for command in (CHANGE, PAUSE, RESUME, ROTATE, REMOVE):
        added().when(replace(command, handle="bob"), by="bob").refused(NotFound)
        people().when(command).refused(NotFound)


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
    assert {name for name, event in by_type().items() if not event.secret} == set(webhook.KINDS)


def test_a_secret_is_the_same_again_and_another_for_each_key_webhook_and_rotation():
    parts = [("key", ID, 0), ("yek", ID, 0), ("key", OTHER, 0), ("key", ID, 1)]
    secrets = [signing.secret(*part) for part in parts]
    assert secrets == [signing.secret(*part) for part in parts]
    assert len(set(secrets)) == 4
    assert {(secret[:6], len(base64.b64decode(secret[6:]))) for secret in secrets} == {("whsec_", 32)}


def test_a_signature_is_what_the_convention_says():
    """The convention's published example, beside a signature by another secret."""
    secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", signing.secret("key", ID, 1)]
    both = signing.signature(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    published, other = both.split(" ")
    assert published == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" != other
