"""The site's numbered rules, for forms that cite them."""

from typing import NamedTuple

from readmodel.site.rules import RulesView, SiteRules
from webapp.site.database import ask


class Rule(NamedTuple):
    number: int
    text: str


class Rules(NamedTuple):
    """version: of the list, which a report or a decision names with the number."""

    version: int
    items: tuple[Rule, ...]


def current() -> Rules:
    """The rules as they are today; none where the site has none."""
    return _listed(ask(SiteRules()))


def cited(number: int, version: int) -> str:
    """What a rule said at the version that cites it; "" for none."""
    items = _listed(ask(SiteRules(version=version))).items if version else ()
    return next((rule.text for rule in items if rule.number == number), "")


def _listed(found: RulesView | None) -> Rules:
    if found is None:
        return Rules(0, ())
    return Rules(found.version, tuple(Rule(number, one.title) for number, one in enumerate(found.rules, 1)))
