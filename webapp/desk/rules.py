"""The site's numbered rules, for forms that cite them."""

from typing import NamedTuple


class Rule(NamedTuple):
    number: int
    text: str


class Rules(NamedTuple):
    """version: of the list, which a report or a decision names with the number."""

    version: int
    items: tuple[Rule, ...]


def current() -> Rules:
    """The rules as they are today; none where the site has none."""
    return Rules(0, ())
