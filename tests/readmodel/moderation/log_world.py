"""A site on which moderators did something to others' things, and what the log says of it."""

from typing import Any

import pytest

from domain import account, comment, post
from domain.moderation import suspension
from domain.rights import OPERATOR
from readmodel.moderation.log_pages import ModerationLog
from tests.readmodel.site import Site
from tests.readmodel.test_feed import pages


def acts(site: Site, **filters: Any) -> list[tuple[str, str, str | None]]:
    """Without the roles that the operator gave."""
    found = pages(site, ModerationLog(**filters))
    return [(one.type, one.actor, one.reason) for one in found if one.actor != OPERATOR]


@pytest.fixture
def moderated(site: Site) -> tuple[Site, str, str]:
    """A post and a comment of ann's, edited and removed by moderators; ann suspended, and bob made a moderator."""
    id = site.publish()
    said = site.comment(id, by="ann")
    site.send(post.EditPost(post=id, version=1, title="Calm", body="Calm.", reason="Tone"), "mod")
    site.send(comment.RemoveComment(comment=said, reason="Rude"), "mod")
    site.send(account.GrantRole(handle="bob", role="moderator"), "root")
    site.send(suspension.SuspendAccount(handle="ann", reason="Spam"), "root")
    site.send(post.RemovePost(post=id, reason="Spam, too"), "bob")
    return site, id, said
