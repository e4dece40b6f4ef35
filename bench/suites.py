"""Every suite by its name. A group is run by its flag: `bin/bench` runs the first, `bin/bench --stack` another."""

from collections.abc import Mapping

from . import append, feed, importing, rebuilding, visible
from .measure import Suite

GROUPS: Mapping[str, Mapping[str, Suite]] = {
    "main": {
        "append": append.run,
        "import": importing.run,
        "rebuild": rebuilding.run,
        "feed": feed.run,
        "visible": visible.run,
    },
}

SUITES: Mapping[str, Suite] = {name: suite for group in GROUPS.values() for name, suite in group.items()}
