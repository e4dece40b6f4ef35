"""The bus: one handler a command, one effect a command id, another try where somebody came first."""

import msgspec
import pytest

from domain import ids
from domain.account import GrantRole
from domain.bus import MAX_ATTEMPTS, CommandBus, operator
from domain.comment import AddComment
from domain.commit import Commit, digest, stored_command_id
from domain.errors import Conflict, HandleTaken, Invalid, KeyReused, Refused, StaleEdit, VersionConflict
from domain.handlers import all_handlers, on_post, register
from domain.like import Like, Unlike
from domain.messages import Command, Envelope, Receipt
from domain.post import EditPost, ErasePost, NewPost, PostEdited, PostPublished, PostRemoved, RemovePost, RestorePost
from tests.domain.case import AT, COMMENT, NOBODY, POST, Case, people, published
from tests.eventstore.memory import MemoryEventStore
from tests.people import id_of

NEW = NewPost(post=POST, title="Hello", body="World")


def envelope(by: str = "ada", command_id: str | None = None) -> Envelope:
    return Envelope(actor=by, at=AT, command_id=command_id)


def commands() -> list[type[Command]]:
    found, rest = [], Command.__subclasses__()
    while rest:
        found.append(rest.pop())
        rest += found[-1].__subclasses__()
    whole = (command for command in found if not command.__subclasses__())
    return [command for command in whole if command.__module__.startswith("domain.")]


def test_every_command_has_a_handler_and_no_more():
    assert set(all_handlers()) == set(commands())


def test_a_second_handler_is_found_at_start():
    with pytest.raises(ValueError, match="NewPost has two handlers"):
        register(all_handlers(), NewPost, on_post)


def test_a_command_without_a_handler_is_a_mistake_in_the_code():
    class Strange(Command, frozen=True):
        post: str

    with pytest.raises(TypeError, match="no handler for Strange"):
        people().bus.send(Strange(post=POST), envelope())
    look = people().given(published()).bus.aggregates()
    with pytest.raises(TypeError, match="no command of a post"):
        on_post(Strange(post=POST), look.account_named("ada"), look)


def test_a_commit_tells_who_when_why_and_what_for():
    sent = Envelope(actor="mod", at=AT, command_id="k", correlation_id="c", causation_id="d", traceparent="t")
    case = people().given(published())
    receipt = case.bus.send(RemovePost(post=POST, reason=" so  so "), sent)
    commit = case.store.load(f"post-{POST}")[-1]
    assert (commit.actor, commit.at, commit.key) == (id_of("mod"), AT, POST)
    assert case.codec.decode(commit.events[0], commit) == PostRemoved(post=POST, reason="so so")
    assert (commit.correlation_id, commit.causation_id, commit.traceparent) == ("c", "d", "t")
    assert commit.command_id == stored_command_id(id_of("mod"), "k")
    assert ids.is_id(commit.id)
    assert receipt == Receipt(stream=commit.stream, version=2, commit=commit.id, position=commit.position)
    assert receipt.subject == POST


def test_the_same_command_id_has_one_effect_and_the_first_answer():
    case = people()
    first = case.bus.send(NEW, envelope(command_id="k"))
    case.when(EditPost(post=POST, version=1, title="Changed", body="since"))
    second = case.bus.send(msgspec.structs.replace(NEW, post=NOBODY), envelope(command_id="k"))
    assert second == msgspec.structs.replace(first, repeated=True)
    assert len(case.store.load(f"post-{POST}")) == 2
    assert case.store.load(f"post-{NOBODY}") == []


def test_a_repeat_gets_the_first_answer_also_where_it_would_be_refused_or_change_nothing_now():
    case = people().given(published())
    remove = case.bus.send(RemovePost(post=POST), envelope(command_id="r"))
    assert case.bus.send(RemovePost(post=POST), envelope(command_id="r")).commit == remove.commit
    restore = case.bus.send(RestorePost(post=POST), envelope(command_id="s"))
    case.bus.send(RemovePost(post=POST, reason="x"), envelope("mod"))
    assert case.bus.send(RestorePost(post=POST), envelope(command_id="s")).commit == restore.commit


def test_a_command_id_with_other_content_is_refused():
    case = people().when(NEW, command_id="k")
    case.when(msgspec.structs.replace(NEW, title="Other"), command_id="k").refused(KeyReused)
    case.when(msgspec.structs.replace(NEW, title="\ud800"), command_id="k").refused(KeyReused)
    case.when(Like(target=f"post-{POST}"), command_id="k").refused(KeyReused)
    case.when(AddComment(comment=COMMENT, post=POST, body=""), command_id="k").refused(KeyReused)


def test_a_command_id_about_somebody_else_is_refused():
    grant = GrantRole(handle="bob", role="moderator")
    case = people().when(grant, by="root", command_id="k")
    for repeat in (grant, msgspec.structs.replace(grant, handle=id_of("bob"))):
        case.when(repeat, by="root", command_id="k")
        assert isinstance(case.outcome, Receipt)
        assert case.outcome.repeated
    for other in ("ada", "nobody", id_of("ada")):
        case.when(msgspec.structs.replace(grant, handle=other), by="root", command_id="k").refused(KeyReused)


def test_what_a_commit_says_of_its_command_tells_no_handle():
    """Its salt stays for ever, so that all handles could be tried."""
    case = people().when(GrantRole(handle="bob", role="moderator"), by="root", command_id="k")
    (commit,) = case.stored
    salt = commit.events[0].salt
    assert salt is not None
    guesses = [digest(GrantRole(handle=handle, role="moderator"), salt) for handle in ("bob", id_of("bob"))]
    assert commit.command_digest not in guesses


def test_two_people_may_use_one_command_id():
    case = people().when(NEW, command_id="k").when(Like(target=f"post-{POST}"), by="bob", command_id="k")
    assert isinstance(case.outcome, Receipt)
    assert not case.outcome.repeated


def test_a_repeat_after_the_text_was_erased_is_refused_since_nobody_can_compare_it():
    case = people().when(NEW, command_id="k").when(ErasePost(post=POST, reason="asked"), by="root", command_id="e")
    case.when(NEW, command_id="k").refused(KeyReused, "erased since")
    case.when(msgspec.structs.replace(NEW, title="Other"), command_id="k").refused(KeyReused, "erased since")
    case.when(ErasePost(post=POST, reason="asked"), by="root", command_id="e")
    assert isinstance(case.outcome, Receipt)
    assert case.outcome.repeated


class Rival(MemoryEventStore):
    """Lets somebody else commit first, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.first: list[Commit] = []

    def append(self, commit: Commit, erase=()) -> Commit:
        if self.times and commit.stream.startswith("post-"):
            self.times -= 1
            rival = self.first.pop(0) if self.first else None
            if rival is None:
                raise VersionConflict(commit.stream, commit.first - 1)
            super().append(rival)
        return super().append(commit, erase)


def rivalled(times: int) -> Case:
    case = people()
    store = Rival(times)
    for commit in case.store.read(0, 100):
        store.append(commit)
    case.store = store
    case.bus = CommandBus(store, case.codec, all_handlers())
    return case


def test_who_came_second_decides_again():
    case = rivalled(MAX_ATTEMPTS - 1).when(NEW)
    case.then(PostPublished(post=POST, author=id_of("ada"), title="Hello", body="World"))


def test_who_always_comes_second_is_told():
    rivalled(MAX_ATTEMPTS).when(NEW).refused(VersionConflict, "same moment")


def test_an_edit_that_came_second_is_stale_never_overwriting():
    case = rivalled(0).given(published())
    store = case.store
    assert isinstance(store, Rival)
    store.times, store.first = 1, [
        Commit(
            actor="ada", at=AT, first=2, id=NOBODY, key=POST, stream=f"post-{POST}",
            events=(case.codec.encode(PostEdited(post=POST, title="Rival", body="text")),),
        )
    ]  # fmt: skip
    case.when(EditPost(post=POST, version=1, title="Mine", body="text"))
    assert isinstance(case.outcome, StaleEdit)
    assert case.outcome.current["title"] == "Rival"


def test_a_batch_has_one_outcome_a_command_in_order():
    case = people()
    other = msgspec.structs.replace(NEW, post=NOBODY)
    outcomes = case.bus.send_batch(
        [
            (NEW, envelope(command_id="1")),
            (msgspec.structs.replace(other, title=""), envelope(command_id="2")),
            (other, envelope("bob", command_id="3")),
            (NEW, envelope(command_id="1")),
            (msgspec.structs.replace(NEW, title="Other"), envelope(command_id="1")),
            (NEW, envelope(command_id="4")),
            (Unlike(target=f"post-{POST}"), envelope()),
        ]
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds[:3] == [Receipt, Invalid, Receipt]
    assert kinds[3:6] == [Receipt, KeyReused, Conflict]
    assert isinstance(outcomes[3], Receipt)
    assert outcomes[3].repeated
    assert isinstance(outcomes[6], Refused)
    assert [commit.actor for commit in case.store.read(case.store.head()[0] - 2, 9)] == [id_of("ada"), id_of("bob")]


def test_a_batch_sent_twice_has_one_effect():
    case = people()
    batch = [(NEW, envelope(command_id="1")), (msgspec.structs.replace(NEW, post=NOBODY), envelope(command_id="2"))]
    first, head = case.bus.send_batch(batch), case.store.head()
    again = case.bus.send_batch(batch)
    assert case.store.head() == head
    assert again == [msgspec.structs.replace(receipt, repeated=True) for receipt in first]


def test_an_erasure_in_a_batch_takes_the_text_out_too():
    case = people().given(published())
    case.bus.send_batch([(ErasePost(post=POST, reason="asked"), envelope("root"))])
    assert not any(b"World" in bytes(event.data) for event in case.store.load(f"post-{POST}")[0].events)


def test_handles_that_normalise_to_one_are_registered_once():
    from domain.account import RegisterAccount

    outcomes = Case().bus.send_batch([(RegisterAccount(handle=h), envelope("ada")) for h in ("Ada", "ada", "ＡＤＡ")])
    assert [type(outcome) for outcome in outcomes] == [Receipt, HandleTaken, HandleTaken]


def test_the_operator_acts_without_an_account():
    case = Case()
    assert case.bus.send(NEW, operator(AT)).version == 1
