"""A set of versions stays what it is, however it is kept, and stays small."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.versions import Versions

RISING = st.sets(st.integers(1, 60)).map(sorted)


@given(RISING, st.sets(st.integers(1, 60)))
def test_it_holds_what_it_was_given_without_what_is_gone(versions: list[int], gone: set[int]):
    made = Versions()
    for version in versions:
        made = made.plus(version)
    assert made == Versions(versions)
    assert hash(made) == hash(Versions(versions))
    assert list(made) == versions
    assert bool(made) is bool(versions)
    assert list(made.without(gone)) == [version for version in versions if version not in gone]
    assert [made.index(version) for version in versions] == list(range(len(versions)))
    assert list(made) == versions


def test_what_is_not_in_it_has_no_place():
    with pytest.raises(ValueError, match="4 isn't in Versions"):
        Versions([1, 2, 3, 7]).index(4)


def test_a_long_run_is_as_small_as_a_short_one():
    assert sys.getsizeof(Versions(range(1, 10_001))) == sys.getsizeof(Versions([1]))
    assert sys.getsizeof(Versions(range(1, 201, 2))) > 50 * sys.getsizeof(Versions([1]))
