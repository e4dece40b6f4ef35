"""The moderation log's filters: combined, refused in words, and each a range of an index."""

from typing import Any

import pytest

from domain.errors import Invalid
from readmodel.engine.queries import Moderations
from readmodel.moderation.log_pages import ModerationLog, listing
from tests.readmodel.moderation.log_world import acts, moderated
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained

__all__ = ["moderated"]


@pytest.mark.parametrize(
    ("filters", "types"),
    [
        ({"kind": "CommentRemoved"}, ["CommentRemoved"]),
        ({"kind": "CommentRemoved", "subject": "comment"}, ["CommentRemoved"]),
        ({"kind": "CommentRemoved", "subject": "post"}, []),
        ({"kind": "PostLocked"}, []),
        ({"moderator": "mod"}, ["CommentRemoved", "PostEdited"]),
        ({"moderator": "MOD"}, ["CommentRemoved", "PostEdited"]),
        ({"moderator": "nobody"}, []),
        ({"moderator": "ann"}, []),
        ({"moderator": "not a handle \u0000"}, []),
        ({"moderator": "mod", "kind": "PostEdited"}, ["PostEdited"]),
        ({"moderator": "mod", "kind": "PostRemoved"}, []),
        ({"moderator": "mod", "subject": "comment"}, ["CommentRemoved"]),
        ({"subject": "post"}, ["PostRemoved", "PostEdited"]),
        ({"subject": "post", "first_day": "2026-01-01", "last_day": "2026-01-01"}, ["PostRemoved", "PostEdited"]),
        ({"subject": "post", "first_day": "2026-01-02"}, []),
        ({"subject": "post", "last_day": "2025-12-31"}, []),
        ({"subject": "post", "first_day": "0001-01-01", "last_day": "9999-12-31"}, ["PostRemoved", "PostEdited"]),
    ],
)
def test_filters_are_combined(moderated: tuple[Site, str, str], filters: dict[str, str], types: list[str]) -> None:
    site, _, _ = moderated

    assert [one[0] for one in acts(site, **filters)] == types
    assert [one[0] for one in acts(site, limit=1, **filters)] == types


@pytest.mark.parametrize(
    ("filters", "fields"),
    [
        ({"kind": "PostPublished"}, ["kind"]),
        ({"kind": "PasswordSet"}, ["kind"]),
        ({"kind": "", "subject": "like"}, ["kind", "subject"]),
        ({"first_day": "yesterday"}, ["from"]),
        ({"first_day": "20260101"}, ["from"]),
        ({"first_day": "2026-02-30", "last_day": "2026-1-1"}, ["from", "to"]),
        ({"first_day": "2026-01-02", "last_day": "2026-01-01"}, ["to"]),
        ({"last_day": "0000-01-01"}, ["to"]),
        ({"limit": 0}, ["limit"]),
        ({"limit": 101}, ["limit"]),
        ({"after": ()}, ["after"]),
        ({"after": (1, 1)}, ["after"]),
        ({"after": ("2026-01-01T00:00:00.000000Z", "x" * 49)}, ["after"]),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(site: Site, filters: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        site.ask(ModerationLog(**filters))
    assert list(refusal.value.fields) == fields


@pytest.mark.parametrize("after", [(1, 1), (), ("2026-01-01T00:00:00.000000Z", 1)])
def test_a_broken_key_of_the_list_with_texts_is_refused(site: Site, after: Any) -> None:
    with pytest.raises(Invalid):
        site.ask(Moderations(after=after))


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ((), "newest (at>? AND at<?)"),
        (("kind",), "by_type (type=? AND at>? AND at<?)"),
        (("moderator",), "by_actor (actor=? AND at>? AND at<?)"),
        (("subject",), "by_subject (subject=? AND at>? AND at<?)"),
        (("kind", "moderator"), "by_actor_and_type (actor=? AND type=? AND at>? AND at<?)"),
        (("moderator", "subject"), "by_actor_and_subject (actor=? AND subject=? AND at>? AND at<?)"),
    ],
)
def test_every_filter_is_a_range_of_an_index_and_nothing_is_sorted(
    site: Site, filters: tuple[str, ...], index: str
) -> None:
    pages = listing(frozenset(filters))

    for statement in (pages.first, pages.beyond):
        plan = explained(site.engine, statement)
        assert plan[0] == f"SEARCH moderation_log USING INDEX moderation_log_{index}", plan
        assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan), plan
    ties = explained(site.engine, pages.ties)
    assert ties[0].startswith("SEARCH moderation_log USING INDEX"), ties
    assert "at=? AND id<?" in ties[0], ties
    assert not any("TEMP B-TREE" in step for step in ties), ties
