"""The form of the rules: as many rules as there are, each with a title and a text, which works without scripts.

Buttons that add, take out and move a rule send the whole form, and it comes back changed; nothing is stored then.
"""

from collections.abc import Mapping, Sequence

import msgspec
from flask import g

from domain.errors import Stale
from domain.site.rules import MAX_RULES, Rule
from webapp.errors import Problem
from webapp.site import form_recovery, i18n

EMPTY = Rule(title="")


class RuleFields(msgspec.Struct, frozen=True):
    """What the page shows of one rule. errors: "title" or "text" → sentence."""

    number: int
    rule: Rule
    errors: Mapping[str, str]


class RulesForm(msgspec.Struct, frozen=True):
    """version: the one that its editor saw, 0 where there were no rules. errors: id on the page → sentence."""

    version: str
    rules: Sequence[RuleFields]
    errors: Mapping[str, str]
    stale: bool


def typed_rules(fields: Mapping[str, str]) -> tuple[Rule, ...]:
    """All rules of a form that was sent, in the order of their numbers."""
    numbers = range(1, MAX_RULES + 2)
    return tuple(
        Rule(title=fields.get(f"title-{number}", ""), text=fields.get(f"text-{number}", ""))
        for number in numbers
        if f"title-{number}" in fields
    )


def without_blank(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Those in which something was typed: a rule that is emptied is taken out."""
    return tuple(rule for rule in rules if rule.title.strip() or rule.text.strip())


def changed(rules: Sequence[Rule], action: str) -> tuple[Rule, ...]:
    """The rules after a button of the form: "add", "remove-2" or "up-2". Anything else changes nothing."""
    found = list(rules)
    verb, _, typed = action.partition("-")
    at = int(typed) - 1 if typed.isascii() and typed.isdigit() and len(typed) < 4 else -1
    if action == "add" and len(found) < MAX_RULES:
        found.append(EMPTY)
    elif verb == "remove" and 0 <= at < len(found):
        del found[at]
    elif verb == "up" and 0 < at < len(found):
        found[at - 1], found[at] = found[at], found[at - 1]
    return tuple(found)


def restore(rules: Sequence[Rule], version: str) -> None:
    """Fills the form of this request with these rules from here on."""
    fields = {"version": version}
    for number, rule in enumerate(rules, 1):
        fields |= {f"title-{number}": rule.title, f"text-{number}": rule.text}
    form_recovery.restore(fields)


def to_show(stored: Sequence[Rule], version: int) -> RulesForm:
    """The form for the page: with what is stored, or with what was typed and what is wrong with it."""
    fields, problem = form_recovery.submitted_fields(), g.get("problem")
    is_back = "version" in fields
    rules = typed_rules(fields) if is_back else tuple(stored)
    stale = problem is not None and isinstance(problem.refusal, Stale)
    seen = str(problem.refusal.version if stale else fields.get("version", version))
    faults = _faults(problem)
    shown = [RuleFields(number, rule, faults.get(number, {})) for number, rule in enumerate(rules or (EMPTY,), 1)]
    errors = {f"{name}-{one.number}": sentence for one in shown for name, sentence in one.errors.items()}
    return RulesForm(seen, shown, errors, stale)


def _faults(problem: Problem | None) -> dict[int, dict[str, str]]:
    """Number of a rule → field → sentence."""
    found: dict[int, dict[str, str]] = {}
    for name, sentence in (problem.fields if problem else {}).items():
        _, number, field = (*name.split("."), "", "")[:3]
        if number.isdigit():
            found.setdefault(int(number), {})[field] = i18n.translate(sentence)
    return found


def as_text(rules: Sequence[Rule]) -> str:
    """All rules as one text, for comparing versions."""
    return "\n\n".join(
        f"{number}. {rule.title}" + (f"\n{rule.text}" if rule.text else "") for number, rule in enumerate(rules, 1)
    )
