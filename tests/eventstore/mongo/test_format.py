"""A store says of which format its commits are: one of before, or of a later version, is refused in words."""

import pytest

from domain.errors import Damaged
from tests.eventstore.samples import commit

pytestmark = pytest.mark.server


def test_a_store_that_names_people_by_handles_is_refused(store, opened):
    """Its identity says no format, as that of an earlier version, or isn't there."""
    store.append(commit("post-a", 1))
    store.database["store"].update_one({"_id": "identity"}, {"$unset": {"format": ""}})
    with pytest.raises(Damaged, match=r"sealed handles and reasons.*verbatim convert EXPORT"):
        opened()
    store.database["store"].delete_one({"_id": "identity"})
    with pytest.raises(Damaged, match="sealed handles and reasons"):
        opened()


def test_an_empty_store_of_an_earlier_version_takes_on_todays_format(store, opened):
    store.database["store"].update_one({"_id": "identity"}, {"$unset": {"format": ""}})
    opened().close()
    store.append(commit("post-a", 1))
    opened().close()


def test_a_store_of_a_later_version_is_refused(store, opened):
    store.database["store"].update_one({"_id": "identity"}, {"$set": {"format": 3}})
    with pytest.raises(Damaged, match="newer Verbatim"):
        opened()
