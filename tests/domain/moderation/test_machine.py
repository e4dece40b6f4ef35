"""Reports, claims, decisions, appeals, edits, removals and time, in any order: the invariants of the desk hold."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import hypothesis
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain import account, comment, post
from domain.bus import CommandBus
from domain.errors import Refused
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from domain.moderation import appeal, decision, report
from domain.moderation.case import AddNote, Claim, OpenCase, Release
from domain.moderation.terms import later
from domain.rights import OPERATOR
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from eventstore.verification import StoreVerification
from tests.domain.case import AT, COMMENT, POST, REPLY
from tests.domain.moderation.claims_model import Model
from tests.domain.moderation.follower import Follower
from tests.people import id_of

OTHER_POST = REPLY
TARGETS = (f"post-{POST}", f"post-{OTHER_POST}", f"comment-{COMMENT}", f"account-{id_of('ada')}")
AUTHORS = dict(zip(TARGETS, ("ada", "mod", "ada", "ada"), strict=True))
REPORTERS, MODERATORS = ("bob", "rob", "eve"), ("mod", "sue", "root")
STAFF_STREAMS = ("report", "case", "appeal")
ACTS = (("none",), ("remove",), ("warn", "strike"), ("remove", "strike"), ("warn",), ("note",), ("escalate",))
about, reporter, moderator = st.sampled_from(TARGETS), st.sampled_from(REPORTERS), st.sampled_from(MODERATORS)
party = st.sampled_from(("ada", *REPORTERS))


class Desk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = SqliteEventStore(self.folder / "events.db")
        self.codec = EventCodec()
        self.bus = CommandBus(self.store, self.codec, all_handlers())
        self.follower = Follower(self.bus)
        self.model = Model(admins={id_of("root"), OPERATOR})
        self.now, self.ids, self.seen, self.followed = AT, 0, 0, 0

    def teardown(self) -> None:
        assert list(StoreVerification(self.store).faults()) == []
        self.store.close()
        shutil.rmtree(self.folder)

    def new_id(self) -> str:
        self.ids += 1
        return f"0192abcd-0000-7000-9000-{self.ids:012x}"

    def send(self, command: Command, by: str, seen: tuple[int, ...] | None = None) -> Receipt | None:
        """None where it is refused: then nothing was stored."""
        before = self.store.head()
        try:
            return self.bus.send(command, Envelope(actor=by, at=self.now, seen=seen))
        except Refused:
            assert self.store.head() == before
            return None

    @initialize()
    def begin(self) -> None:
        for handle in ("ada", *REPORTERS, *MODERATORS):
            self.send(account.RegisterAccount(account=id_of(handle), handle=handle), handle)
        for handle, role in (("mod", "moderator"), ("sue", "moderator"), ("root", "admin")):
            self.send(account.GrantRole(handle=handle, role=role), OPERATOR)
        self.send(post.NewPost(post=POST, title="t", body="b"), "ada")
        self.send(post.NewPost(post=OTHER_POST, title="t", body="b"), "mod")
        self.send(comment.AddComment(comment=COMMENT, post=OTHER_POST, body="b"), "ada")

        for number, of in enumerate(TARGETS):
            self.file(of, REPORTERS[number % 3], 1)
        self.follow(100)

    @rule(about=about, by=reporter, version=st.integers(1, 3))
    def file(self, about: str, by: str, version: int) -> None:
        id = self.new_id()
        self.send(report.FileReport(report=id, target=about, version=version, category="spam", now=self.now), by)

    @rule(about=about, by=reporter)
    def withdraw(self, about: str, by: str) -> None:
        self.send(report.WithdrawReport(target=about), by)

    @rule(commits=st.sampled_from((1, 3, 100)))
    def follow(self, commits: int) -> None:
        for commit in self.store.read(self.followed, commits):
            for stored in commit.events:
                self.follower.follow(commit, self.codec.decode(stored, commit), self.now)
            self.followed = commit.position

    @rule(commits=st.integers(1, 9))
    def fall_behind(self, commits: int) -> None:
        """As after a crash: the cursor hadn't been stored."""
        self.followed = max(0, self.followed - commits)

    @rule(about=about, by=moderator, how=st.sampled_from((Claim, Release, OpenCase, partial(Claim, take_over=True))))
    def work(self, about: str, by: str, how: Callable[..., Command]) -> None:
        self.send(how(target=about, now=self.now), by)

    @rule(about=about, by=moderator)
    def note(self, about: str, by: str) -> None:
        self.send(AddNote(target=about, text="n", now=self.now), by)

    def deciding(self, about: str, acts: tuple[str, ...]) -> decision.Decide:
        return decision.Decide(
            target=about, decision=self.new_id(), acts=acts, reason="r", note="n", points=2, now=self.now
        )

    @rule(about=about, by=moderator, acts=st.sampled_from(ACTS), old=st.integers(0, 3))
    def decide(self, about: str, by: str, acts: tuple[str, ...], old: int) -> None:
        """As somebody who saw the case some versions ago, with or without a claim."""
        found = self.bus.aggregates().case(about)
        made = self.send(self.deciding(about, acts), by, (max(0, found.version - old),))
        assert made is None or found.version - old >= found.changed_version

    @rule(about=about, by=moderator, acts=st.sampled_from(ACTS), minutes=st.sampled_from((0, 14, 15)))
    def claim_and_decide(self, about: str, by: str, acts: tuple[str, ...], minutes: int) -> None:
        claimed = self.send(Claim(target=about, now=self.now), by)
        self.time_passes(timedelta(minutes=minutes))
        made = self.send(self.deciding(about, acts), by)
        assert not (made and claimed) or minutes < 15

    def some_decision(self, about: str, which: int) -> tuple[str, decision.Decision] | None:
        made = [*self.bus.aggregates().case(about).decisions.items()]
        return made[which % len(made)] if made else None

    @rule(about=about, by=moderator, which=st.integers(0, 2))
    def take_back(self, about: str, by: str, which: int) -> None:
        if found := self.some_decision(about, which):
            command = decision.TakeBackDecision(target=about, decision=found[0], reason="r", now=self.now)
            self.send(command, by)
            assert self.send(command, by) is None

    @rule(about=about, by=party, which=st.integers(0, 2))
    def lodge(self, about: str, by: str, which: int) -> None:
        if found := self.some_decision(about, which):
            id, made = found
            lodged = appeal.Lodge(appeal=self.new_id(), target=about, decision=id, text="t", now=self.now)
            receipt = self.send(lodged, by)
            assert receipt is None or made.appeal_until >= self.now
            assert self.send(lodged, by) is None

    @rule(about=about, party=party, by=moderator, outcome=st.sampled_from(appeal.OUTCOMES), which=st.integers(0, 2))
    def resolve(self, about: str, party: str, by: str, outcome: str, which: int) -> None:
        if found := self.some_decision(about, which):
            id, made = found
            of = {"target": about, "decision": id, "account": id_of(party)}
            receipt = self.send(appeal.Resolve(**of, outcome=outcome, reason="r", others=True), by)
            assert receipt is None or id_of(by) not in (made.by, id_of(AUTHORS[about]))

    @rule(about=about, party=party, acts=st.sampled_from(ACTS), outcome=st.sampled_from(appeal.OUTCOMES))
    def whole_case(self, about: str, party: str, acts: tuple[str, ...], outcome: str) -> None:
        """From a decision to what becomes of an appeal."""
        self.claim_and_decide(about, "root", acts, 0)
        self.lodge(about, party, -1)
        self.resolve(about, party, "sue", outcome, -1)

    @rule(of=st.sampled_from((POST, OTHER_POST)), how=st.sampled_from(("edit", "remove", "restore")))
    def change(self, of: str, how: str) -> None:
        version = self.bus.aggregates().post(of).version
        commands: dict[str, Command] = {
            "edit": post.EditPost(post=of, version=version, title="t", body=f"b {version}"),
            "remove": post.RemovePost(post=of),
            "restore": post.RestorePost(post=of),
        }
        self.send(commands[how], AUTHORS[f"post-{of}"])

    @rule(back=st.booleans())
    def demote(self, back: bool) -> None:
        change = account.GrantRole if back else account.RevokeRole
        self.send(change(handle="sue", role="moderator"), "root")

    @rule(delta=st.sampled_from((timedelta(minutes=8), timedelta(minutes=16), timedelta(days=184))))
    def time_passes(self, delta: timedelta) -> None:
        self.now = later(self.now, delta)

    @invariant()
    def the_desk_is_sound(self) -> None:
        self.no_rule_of_claims_and_answers_was_broken()
        self.each_report_waits_or_is_answered_once()
        self.no_state_but_that_of_staff_names_a_reporter()
        if self.followed == self.store.head()[0]:
            self.no_void_mark_counts_and_no_report_is_lost()

    def no_rule_of_claims_and_answers_was_broken(self) -> None:
        for commit in self.store.read(self.seen, 1_000):
            for version, stored in enumerate(commit.events, commit.first):
                event = self.codec.decode(stored, commit)
                self.model.see(commit, version, event)
            self.names_no_reporter(commit.stream, msgspec.json.encode(commit))
            self.seen = commit.position

    def names_no_reporter(self, stream: str, stored: bytes) -> None:
        """Outside of what staff alone reads: nobody learns it from any event."""
        for handle in REPORTERS:
            own = stream == account.stream(id_of(handle))
            assert own or stream.startswith(STAFF_STREAMS) or id_of(handle).encode() not in stored

    def each_report_waits_or_is_answered_once(self) -> None:
        look = self.bus.aggregates()
        for target in TARGETS:
            state, answers = look.case(target), self.model.answers.get(target, {})
            assert set(state.reports) == {report for report, by in answers.items() if by is None}
            assert {report: by for report, by in state.answered.items() if by} == {
                report: by for report, by in answers.items() if by is not None
            }
            assert set(state.reports).isdisjoint(state.answered)
            assert not (state.decided and state.reports)

    def no_void_mark_counts_and_no_report_is_lost(self) -> None:
        look = self.bus.aggregates()
        for handle in ("ada", "mod"):
            state = look.account(id_of(handle))
            assert self.model.void.isdisjoint({*state.strikes, *state.warnings})
        for report_, (target, _) in self.model.filed.items():
            waits_or_answered = report_ in self.model.answers.get(target, {})
            assert waits_or_answered or report_ in self.model.withdrawn

    def no_state_but_that_of_staff_names_a_reporter(self) -> None:
        look = self.bus.aggregates()
        states = [look.post(POST), look.post(OTHER_POST), look.comment(COMMENT)]
        shown = msgspec.json.encode([*states, look.account(id_of("ada")), look.account(id_of("mod"))], enc_hook=list)
        assert not any(id_of(handle).encode() in shown for handle in REPORTERS)


Desk.TestCase.settings = hypothesis.settings(max_examples=50, stateful_step_count=40, deadline=None)
TestDesk = Desk.TestCase
