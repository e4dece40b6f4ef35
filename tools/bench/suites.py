"""Every suite by its name. A group is run by its flag: `bin/bench` runs the first, `bin/bench --stack` another."""

from collections.abc import Mapping

from . import (
    api,
    api_crowd,
    append,
    deciding,
    feed,
    importing,
    pages,
    readers,
    rebuilding,
    stack_append,
    stack_deciding,
    stack_projector,
    stack_relay,
    stack_visible,
    visible,
)
from .measure import Suite

GROUPS: Mapping[str, Mapping[str, Suite]] = {
    "main": {
        "append": append.run,
        "decide": deciding.run,
        "import": importing.run,
        "rebuild": rebuilding.run,
        "feed": feed.run,
        "visible": visible.run,
    },
    "stack": {
        "stack-append": stack_append.run,
        "stack-decide": stack_deciding.run,
        "stack-relay": stack_relay.run,
        "stack-projector": stack_projector.run,
        "stack-visible": stack_visible.run,
    },
    "api": {"api-calls": api.run, "api-crowd": api_crowd.run},
    "pages": {"pages": pages.run, "readers": readers.run},
}

SUITES: Mapping[str, Suite] = {name: suite for group in GROUPS.values() for name, suite in group.items()}
