"""The list of somebody's tokens, and when each was last used."""

from pathlib import Path

from domain.token import IssueToken, RevokeToken
from operational import token_uses
from readmodel.engine.queries import HistoryOf
from readmodel.generations.generations import Generations
from readmodel.tokens import TokensOf
from tests.readmodel.site import Site

ID, OTHER = "0192abcd-0000-7000-8000-000000000001", "0192abcd-0000-7000-8000-000000000002"


def issue(id: str, label: str) -> IssueToken:
    return IssueToken(
        token=id, handle="ann", digest="a" * 64, scopes=("write", "read"), expires_at="2027-01-01T00:00:00.000000Z",
        label=label,
    )  # fmt: skip


def test_tokens_are_listed_newest_first_until_they_are_taken_back(site: Site) -> None:
    site.send(issue(ID, "One"))
    site.send(issue(OTHER, "Two"))
    assert [(view.label, view.scopes) for view in site.ask(TokensOf(account="ann"))] == [
        ("Two", ("read", "write")),
        ("One", ("read", "write")),
    ]
    site.send(RevokeToken(token=OTHER))
    assert [view.id for view in site.ask(TokensOf(account="ann"))] == [ID]
    assert site.ask(TokensOf(account="bob")) == []


def test_a_token_has_no_public_history(site: Site) -> None:
    site.send(issue(ID, "One"))
    assert site.ask(HistoryOf(stream=f"token-{ID}")) == []


def test_the_last_use_of_each_token_is_known(tmp_path: Path) -> None:
    generations = Generations(f"sqlite:///{tmp_path / 'read.db'}")
    generations.migrate()
    engine = generations.control
    assert token_uses.last_used_at(engine, [ID]) == {}
    token_uses.record(engine, ID)
    first = token_uses.last_used_at(engine, [ID, OTHER])[ID]
    token_uses.record(engine, ID)
    assert token_uses.last_used_at(engine, [ID])[ID] > first
    generations.close()
