"""Who may do what to whose things: the whole table, and that no text makes a decision crash."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import account, comment, handle, leaving, like, post, reasons, site, token, webhook, webhook_state
from domain.catalogue import ACTS, BY_COMMAND, by_type
from domain.comment import Comment
from domain.errors import Forbidden, Refused, Suspended
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.moderation import appeal, bulk, case, case_state, decision, erasing, following, report, standing
from domain.post import Post
from domain.rights import Account
from domain.site.newcomers import SetNewcomerLimits
from domain.site.rules import PublishRules, Rule
from tests.domain.case import AT, COMMENT, NOBODY, POST, REPLY, Case, added, people, published
from tests.people import id_of

WHO = ("author", "other", "moderator", "admin", "suspended", "nobody")
HANDLES = dict(zip(WHO, ("ada", "bob", "mod", "root", "sus", "ghost"), strict=True))
YES: dict[str, set[str]] = {
    "anyone": {"author", "other", "moderator", "admin"},
    "author or moderator": {"author", "moderator", "admin"},
    "remover or moderator": {"author", "moderator", "admin"},
    "moderator": {"moderator", "admin"},
    "admin": {"admin"},
    "oneself": {"author"},
    "oneself or admin": {"author", "admin"},
}
HOOK = "0192abcd-0000-7000-8000-000000000005"
SUS = account.stream(id_of("sus"))
IDS = {"post": {"post": POST}, "comment": {"comment": COMMENT}, "account": {"handle": "ada"}}
WITH_FORMS = [act.command(**IDS[act.subject], reason="r") for act in ACTS if act.form]
OTHER_ACTS: list[Command] = [
    post.NewPost(post=NOBODY, title="t", body="b"),
    post.EditPost(post=POST, version=1, title="t", body="b", reason="r"),
    comment.AddComment(comment=REPLY, post=POST, body="b", parent=COMMENT),
    comment.EditComment(comment=COMMENT, version=1, body="b", reason="r"),
    like.Like(target=f"post-{POST}"),
    like.Unlike(target=f"comment-{COMMENT}"),
    account.EditProfile(handle="ada", name="n", bio="b"),
    account.GrantRole(handle="ada", role="moderator"),
    account.RevokeRole(handle="ada", role="moderator"),
    leaving.Leave(handle="ada", words="keep", until=AT, reason="r"),
    PublishRules(rules=(Rule(title="t"),)),
    SetNewcomerLimits(days=1, writings=1, links=1, mentions=1, per_hour=1),
]
NO_ACTS: list[Command] = [
    account.ChangePassword(handle="ada", password_hash="x"),
    token.IssueToken(token=NOBODY, handle="ada", digest="0" * 64, scopes=("read",), expires_at=AT),
    handle.ChangeHandle(handle="ada", new_handle="ida", now=AT, former_until=AT),
    webhook.AddWebhook(handle="ada", webhook=NOBODY, url="https://a.example/"),
    webhook.ChangeWebhook(handle="ada", webhook=HOOK, url="https://b.example/"),
    webhook.ResumeWebhook(handle="ada", webhook=HOOK),
    webhook.RotateWebhookSecret(handle="ada", webhook=HOOK, old_until=AT),
]
MODERATION: list[tuple[Command, str]] = [
    (report.FileReport(report=NOBODY, target=SUS, version=1, category="spam", now=AT), "anyone"),
    (case.OpenCase(target=SUS, now=AT), "moderator"),
    (case.Claim(target=f"post-{POST}", now=AT), "moderator"),
    (case.Release(target=f"post-{POST}", now=AT), "moderator"),
    (case.AddNote(target=f"post-{POST}", text="n", now=AT), "moderator"),
    (standing.Warn(handle="ada", decision=NOBODY, reason="r"), "moderator"),
    (standing.AddStrike(handle="ada", decision=NOBODY, points=1, expires=AT, reason="r"), "moderator"),
    (standing.VoidMarks(handle="ada", decision=NOBODY), "moderator"),
    (standing.PauseReporting(handle="ada", until="2026-12-24T06:00:00Z", reason="r", now=AT), "moderator"),
    (standing.ResumeReporting(handle="ada"), "moderator"),
    (standing.NoteAccount(handle="ada", text="n"), "moderator"),
]
TABLE = [(command, BY_COMMAND[type(command)].by) for command in (*WITH_FORMS, *OTHER_ACTS)]
TABLE += MODERATION
TABLE += [(command, "oneself") for command in NO_ACTS] + [(leaving.Return(handle="ada", now=AT), "oneself or admin")]
RIGHTS = {
    (type(command).__name__, who): (command, who, who in YES[may]) for command, may in TABLE for who in WHO
}  # fmt: skip


def story() -> Case:
    hook = webhook.WebhookAdded(account=id_of("ada"), webhook=HOOK, url="https://a.example/", kinds=(), description="")
    reported = case.CaseOpened(target=f"post-{POST}", author=id_of("ada"), thread=POST, text_version=1)
    return people().given(published(), added(), hook, reported)


def test_the_table_has_every_command():
    elsewhere = {account.RegisterAccount, handle.ReleaseHandle, handle.EraseHandles, token.RevokeToken}
    elsewhere |= {webhook.PauseWebhook, webhook.RemoveWebhook, token.EraseToken, *reasons.COMMANDS}
    elsewhere |= {leaving.EraseAccount, leaving.RetireHandle}
    elsewhere |= {report.WithdrawReport, report.EraseReport, case.Escalate, decision.Decide, decision.TakeBackDecision}
    elsewhere |= {*following.COMMANDS, *appeal.COMMANDS, *erasing.COMMANDS, *bulk.COMMANDS}
    assert {type(command) for command, _ in TABLE} | elsewhere == set(all_handlers())


@pytest.mark.parametrize(("command", "who", "may"), RIGHTS.values(), ids=[" ".join(key) for key in RIGHTS])
def test_who_may(command: Command, who: str, may: bool):
    case = story().when(command, by=HANDLES[who])
    if may:
        assert not isinstance(case.outcome, Refused), case.outcome
    else:
        case.refused(Suspended if who == "suspended" else Forbidden)


TEXT = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["", "\0", "\ud800", POST, COMMENT, f"post-{POST}", f"comment-{COMMENT}", "ada", "verbatim", "admin", "x" * 300]
)
OTHER = {
    int: st.integers(), str: TEXT, bool: st.booleans(), str | None: st.none() | TEXT,
    tuple[str, ...]: st.lists(TEXT).map(tuple),
}  # fmt: skip
RULES = st.lists(st.builds(Rule, title=TEXT, text=TEXT)).map(tuple)
OTHER |= {tuple[Rule, ...]: RULES, tuple[Rule, ...] | None: st.none() | RULES}
BY_THE_CLOCK = {*case.COMMANDS, decision.Decide, decision.TakeBackDecision, standing.PauseReporting}
"""What counts from the time at which it is sent, which nobody types."""


def any_of(message: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    fields = {
        field.name: OTHER.get(field.type, st.lists(st.integers(0, 5)).map(tuple))
        for field in msgspec.structs.fields(message)
    }
    if message in BY_THE_CLOCK:
        fields["now"] = st.just(AT)
    return st.builds(message, **fields)


@settings(max_examples=120)
@given(
    st.one_of(*map(any_of, all_handlers())), st.sampled_from(["ada", "mod", "root", "verbatim", "ghost", "", "\ud800"])
)
def test_whatever_is_sent_is_accepted_or_refused_never_a_crash(command: Command, by: str):
    case = EVERYONE
    before = case.store.head()
    try:
        case.bus.send(command, Envelope(actor=by, at=AT))
    except Refused:
        assert case.store.head() == before


EVERYONE = story()


AGGREGATES = [
    st.tuples(st.just((new, evolve)), st.lists(st.one_of(*map(any_of, events)), max_size=3))
    for new, evolve, events in (
        (Post, post.evolve, post.EVENTS),
        (Comment, comment.evolve, comment.EVENTS),
        (like.LikeState, like.evolve, like.EVENTS),
        (Account, account.evolve, account.EVENTS),
        (token.Token, token.evolve, token.EVENTS),
        (webhook_state.Webhooks, webhook.evolve, webhook.EVENTS),
        (site.Site, site.evolve, site.EVENTS),
        (report.Report, report.evolve, report.EVENTS),
        (case_state.Case, case_state.evolve, case.EVENTS),
        (appeal.Appeal, appeal.evolve, appeal.EVENTS),
        (bulk.Batch, bulk.evolve, bulk.EVENTS),
    )
]


@settings(max_examples=60)
@given(st.one_of(AGGREGATES))
def test_evolve_takes_in_any_event_in_any_state(given_events):
    (new, evolve), events = given_events
    state = new()
    for version, event in enumerate(events, 1):
        state.version = version
        evolve(state, event, "ada")
    assert state.version == len(events)


@pytest.mark.parametrize(("command", "who", "may"), RIGHTS.values(), ids=[" ".join(key) for key in RIGHTS])
def test_deciding_changes_no_state(command: Command, who: str, may: bool):
    case = SHARED
    look = case.bus.aggregates()
    states = [look.post(POST), look.comment(COMMENT), look.webhooks("ada"), look.site(), look.case(f"post-{POST}")]
    states += map(look.account, HANDLES.values())
    before = msgspec.json.encode(states, enc_hook=list)
    with suppress(Refused):
        all_handlers()[type(command)](command, look.account(HANDLES[who]), look)
    assert msgspec.json.encode(states, enc_hook=list) == before


SHARED = story()


def test_every_event_belongs_to_one_aggregate():
    groups = (post.EVENTS, comment.EVENTS, like.EVENTS, account.EVENTS, token.EVENTS, webhook.EVENTS, site.EVENTS)
    groups += (report.EVENTS, case.EVENTS, appeal.EVENTS, bulk.EVENTS)
    assert len(by_type()) == sum(map(len, groups))
    assert all(name == event.__name__ for name, event in by_type().items())
