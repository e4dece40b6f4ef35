"""The site itself, as an aggregate: one small stream, which admins write to. So far it holds the rules."""

from collections.abc import Mapping

import msgspec

from domain.messages import Command, Event
from domain.rights import Account, require_active, require_admin

from . import rules
from .rules import Rule

SITE = "00000000-0000-7000-8000-000000000000"
"""What stands for the site where other things have ids: there is one, so it is the same everywhere."""
COMMANDS: tuple[type[Command], ...] = (rules.PublishRules,)
EVENTS: tuple[type[Event], ...] = (rules.RulesPublished,)


class Site(msgspec.Struct):
    """version 0: nobody has written anything yet. rules_version: the one that published today's rules, 0 for none."""

    version: int = 0
    rules: tuple[Rule, ...] = ()
    rules_version: int = 0
    rule_counts: Mapping[int, int] = msgspec.field(default_factory=dict)
    """How many rules there were, by the version that published them."""


def stream() -> str:
    return f"site-{SITE}"


def decide(site: Site, command: Command, by: Account) -> list[Event]:
    require_active(by)
    require_admin(by)
    match command:
        case rules.PublishRules():
            wanted = rules.checked(command)
            return [] if wanted == site.rules else [rules.RulesPublished(rules=wanted)]
    raise TypeError(f"{type(command).__name__} is no command of the site")


def evolve(site: Site, event: Event, _actor: str) -> None:
    """Takes in one event; the caller has raised site.version to the event's own."""
    match event:
        case rules.RulesPublished():
            site.rules, site.rules_version = event.rules or (), site.version
            site.rule_counts = {**site.rule_counts, site.version: len(site.rules)}
