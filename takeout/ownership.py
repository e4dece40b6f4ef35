"""Whose a commit is, and by which name people are shown: nowhere else does a takeout know how accounts are named."""

from collections.abc import Sequence

from domain import account, webhook
from domain.commit import Commit
from domain.rights import OPERATOR


def is_by(commit: Commit, person: str) -> bool:
    """Whether this person made it. person: as commits and read models name an account."""
    return commit.actor == person


def owner_of(commits: Sequence[Commit]) -> str:
    """Whose stream this is: of a post, a comment, a token or an account whoever began it."""
    return commits[0].actor


def shown_name(actor: str) -> str:
    """The name of an account today."""
    return "the operator" if actor == OPERATOR else actor


def private_streams(person: str) -> tuple[str, ...]:
    """The streams that somebody has by their account alone."""
    return account.stream(person), webhook.stream(person)
