"""Lets the shared case set explain its assertions as test files do."""

import pytest

pytest.register_assert_rewrite("tests.eventstore.contract")
