"""Whether a commit is the next one after what was read before: the cheapest sign that a store is still the same."""

from domain.commit import SequencedCommit

from .codec import link


def follows(chain: str | None, commit: SequencedCommit) -> bool:
    """Whether a commit comes right after the position with that chain; also where that can't be told."""
    return not chain or not commit.chain or link(chain, commit, commit.position) == commit.chain
