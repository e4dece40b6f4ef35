"""The site's rules: numbered from 1 in their order, and published all together. Decisions cite a rule by its number and
the version that published it."""

from typing import ClassVar

import msgspec

from domain import text
from domain.errors import Invalid, Sentence
from domain.messages import Command, Event

MAX_RULES = 50
MAX_RULE_TITLE_CHARS = 120
MAX_RULE_TEXT_CHARS = 2_000
LABELS = {"title": "Title of rule %(number)s", "text": "Text of rule %(number)s"}


class Rule(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    title: str
    text: str = ""


class PublishRules(Command, frozen=True, kw_only=True):
    """rules: all of them, in their order; none of them takes the rules back."""

    rules: tuple[Rule, ...]


class RulesPublished(Event, frozen=True, kw_only=True):
    """rules: None where they are erased."""

    type: ClassVar[str] = "RulesPublished"
    erasable: ClassVar[tuple[str, ...]] = ("rules",)
    rules: tuple[Rule, ...] | None


def checked(command: PublishRules) -> tuple[Rule, ...]:
    """The rules as they are stored. Raises Invalid with every field that is wrong, such as "rules.2.title"."""
    if len(command.rules) > MAX_RULES:
        raise Invalid({"rules": Sentence("%(most)s rules are the most.", most=MAX_RULES)})
    faults: dict[str, str] = {}
    found = tuple(_checked(rule, number, faults) for number, rule in enumerate(command.rules, 1))
    if faults:
        raise Invalid(faults)
    return found


def _checked(rule: Rule, number: int, faults: dict[str, str]) -> Rule:
    fields = text.Fields()
    title = fields.required("title", fields.line("title", rule.title, MAX_RULE_TITLE_CHARS))
    body = fields.block("text", rule.text, MAX_RULE_TEXT_CHARS)
    for name, fault in fields.faults.items():
        faults[f"rules.{number}.{name}"] = _about_rule(fault, Sentence(LABELS[name], number=number))
    return Rule(title=title, text=body)


def _about_rule(fault: str, field: Sentence) -> str:
    return Sentence(fault.template, **{**fault.values, "field": field}) if isinstance(fault, Sentence) else fault
