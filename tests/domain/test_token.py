"""Tokens: made for oneself, taken back by oneself or an admin, with the scopes that were asked for."""

import msgspec
import pytest

from domain.errors import Conflict, Forbidden, Invalid, NotFound, Suspended
from domain.messages import Envelope
from domain.post import EditPost, LockPost, PostEdited
from domain.token import IssueToken, RevokeToken, Token, TokenIssued, TokenRevoked
from tests.domain.case import AT, NOBODY, POST, people, published
from tests.people import id_of

ID = "0192abcd-0000-7000-8000-000000000004"
LATER = "2027-01-01T00:00:00.000000Z"
ISSUE = IssueToken(
    token=ID, handle="ada", digest="a" * 64, scopes=("write", "read"), expires_at=LATER, label=" a  bot "
)
ISSUED = TokenIssued(
    token=ID, account=id_of("ada"), digest="a" * 64, scopes=("read", "write"), expires_at=LATER, label="a bot"
)


def test_somebody_makes_a_token_of_their_own():
    people().when(ISSUE).then(ISSUED)
    people().when(ISSUE, by="bob").refused(Forbidden)
    people().when(ISSUE, by="nobody").refused(Forbidden)
    people().when(msgspec.structs.replace(ISSUE, handle="sus"), by="sus").refused(Suspended)


def test_a_token_is_made_once():
    people().given(ISSUED).when(ISSUE).refused(Conflict)


def test_the_same_wish_again_gets_the_same_token():
    case = people().when(ISSUE, command_id="once")
    again = msgspec.structs.replace(ISSUE, token=NOBODY, digest="b" * 64, expires_at="2028")
    case.when(again, command_id="once").then()
    assert case.outcome.subject == ID
    assert case.outcome.repeated


@pytest.mark.parametrize("scopes", [(), ("admin",), ("read", "everything")])
def test_scopes_are_of_the_known_ones(scopes: tuple[str, ...]):
    people().when(msgspec.structs.replace(ISSUE, scopes=scopes)).refused(Invalid, "Scopes must be")


def test_a_label_is_a_short_line_and_a_digest_is_one():
    people().when(msgspec.structs.replace(ISSUE, label="x" * 81)).refused(Invalid, "80 is the most")
    people().when(msgspec.structs.replace(ISSUE, digest="secret")).refused(Invalid)


@pytest.mark.parametrize("by", ["ada", "root"])
def test_its_owner_and_an_admin_take_it_back(by: str):
    case = people().given(ISSUED).when(RevokeToken(token=ID), by=by).then(TokenRevoked(token=ID))
    case.when(RevokeToken(token=ID), by=by).then()


def test_others_learn_nothing_of_it():
    for by in ("bob", "mod"):
        people().given(ISSUED).when(RevokeToken(token=ID), by=by).refused(NotFound)
    people().when(RevokeToken(token=ID)).refused(NotFound)
    people().given(ISSUED).when(RevokeToken(token=ID), by="nobody").refused(Forbidden)


def test_somebody_suspended_can_still_take_a_token_back():
    theirs = msgspec.structs.replace(ISSUED, account=id_of("sus"))
    people().given(theirs).when(RevokeToken(token=ID), by="sus").then(TokenRevoked(token=ID))


def test_a_token_holds_until_it_ends_or_is_taken_back():
    token = Token(version=1, expires_at=LATER)
    assert token.is_valid(AT)
    assert not token.is_valid(LATER)
    assert not Token(version=2, expires_at=LATER, revoked=True).is_valid(AT)
    assert not Token().is_valid(AT)


def test_without_roles_a_moderator_is_an_author_and_no_more():
    case = people().given(published(), published(NOBODY, "mod"))
    plain = Envelope(actor="mod", at=AT, without_roles=True)
    with pytest.raises(Forbidden):
        case.bus.send(LockPost(post=POST), plain)
    with pytest.raises(Forbidden):
        case.bus.send(EditPost(post=POST, version=1, title="t", body="b", reason="r"), plain)
    case.bus.send(EditPost(post=NOBODY, version=1, title="t", body="b"), plain)
    stored = case.store.load(f"post-{NOBODY}")[-1]
    assert case.codec.decode(stored.events[0], stored) == PostEdited(post=NOBODY, title="t", body="b")
