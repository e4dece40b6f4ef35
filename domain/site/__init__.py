"""The site itself, as an aggregate: one small stream, which admins write to. It holds the rules, and the limits for
new accounts."""

from collections.abc import Mapping

import msgspec

from domain.messages import Command, Event
from domain.rights import Account, require_active, require_admin

from . import newcomers, rules
from .newcomers import DEFAULT, NewcomerLimits
from .rules import Rule

SITE = "00000000-0000-7000-8000-000000000000"
"""What stands for the site where other things have ids: there is one, so it is the same everywhere."""
COMMANDS: tuple[type[Command], ...] = (rules.PublishRules, newcomers.SetNewcomerLimits)
EVENTS: tuple[type[Event], ...] = (rules.RulesPublished, newcomers.NewcomerLimitsSet)


class Site(msgspec.Struct):
    """version 0: nobody has written anything yet. rules_version: the one that published today's rules, 0 for none;
    limits_version: the one that set the limits for new accounts."""

    version: int = 0
    rules: tuple[Rule, ...] = ()
    rules_version: int = 0
    newcomer_limits: NewcomerLimits = DEFAULT
    limits_version: int = 0
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
        case newcomers.SetNewcomerLimits():
            limits = newcomers.checked(command)
            same = site.limits_version and limits == site.newcomer_limits
            return [] if same else [newcomers.event_of(limits)]
    raise TypeError(f"{type(command).__name__} is no command of the site")


def evolve(site: Site, event: Event, _actor: str) -> None:
    """Takes in one event; the caller has raised site.version to the event's own."""
    match event:
        case rules.RulesPublished():
            site.rules, site.rules_version = event.rules or (), site.version
            site.rule_counts = {**site.rule_counts, site.version: len(site.rules)}
        case newcomers.NewcomerLimitsSet():
            site.newcomer_limits, site.limits_version = newcomers.limits_of(event), site.version
