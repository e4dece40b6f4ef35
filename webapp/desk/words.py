"""What categories, states and acts are called on pages."""

from typing import Any

from flask_babel import gettext, lazy_gettext

CATEGORIES = {
    "spam": lazy_gettext("Spam or advertising"),
    "illegal": lazy_gettext("Against the law"),
    "rule": lazy_gettext("Against the rules of this site"),
    "other": lazy_gettext("Something else"),
}
KINDS = {"post": lazy_gettext("Post"), "comment": lazy_gettext("Comment"), "account": lazy_gettext("Profile")}
CASE_STATES = {
    "open": lazy_gettext("Open"),
    "claimed": lazy_gettext("Claimed"),
    "escalated": lazy_gettext("For an admin"),
    "decided": lazy_gettext("Decided"),
    "appealed": lazy_gettext("Appealed"),
}
REPORT_STATES = {
    "received": lazy_gettext("received"),
    "decided": lazy_gettext("decided"),
    "withdrawn": lazy_gettext("withdrawn"),
}
DECISION_STATES = {
    "being carried out": lazy_gettext("being carried out"),
    "carried out": lazy_gettext("carried out"),
    "taken back": lazy_gettext("taken back"),
    "overturned": lazy_gettext("overturned on appeal"),
}
OUTCOMES = {
    "acted": lazy_gettext("Thank you: a moderator looked at it and did something about it."),
    "nothing": lazy_gettext(
        "Thank you for telling us. A moderator looked at it and found that it may stay as it is, so nothing was done."
    ),
}
ACTS = {
    "none": lazy_gettext("nothing: it may stay"),
    "note": lazy_gettext("a note to the author"),
    "edit": lazy_gettext("the text edited"),
    "remove": lazy_gettext("removed"),
    "lock": lazy_gettext("the thread locked"),
    "warn": lazy_gettext("the author warned"),
    "strike": lazy_gettext("a strike"),
    "suspend": lazy_gettext("the author suspended"),
    "escalate": lazy_gettext("left to an admin"),
}
SUGGESTIONS = {
    "warn": lazy_gettext("These strikes suggest a warning."),
    "suspend for 7 days": lazy_gettext("These strikes suggest a suspension of 7 days."),
    "suspend for 30 days": lazy_gettext("These strikes suggest a suspension of 30 days."),
    "suspend": lazy_gettext("These strikes suggest a suspension without an end."),
}
REASONS = {
    "spam": lazy_gettext("Advertising that nobody asked for."),
    "attack": lazy_gettext("It attacks a person instead of arguing."),
    "private": lazy_gettext("It shows what is private about somebody."),
    "illegal": lazy_gettext("It is against the law."),
    "topic": lazy_gettext("It has nothing to do with what is talked about here."),
    "stays": lazy_gettext("It breaks no rule of this site."),
}


def category(name: str, rule: int) -> str:
    """What somebody reported something for."""
    if name == "rule" and rule:
        return gettext("Rule %(number)s", number=rule)
    return str(CATEGORIES.get(name, name))


NAMES: dict[str, Any] = {
    "act_words": ACTS,
    "case_states": CASE_STATES,
    "category_words": CATEGORIES,
    "decision_states": DECISION_STATES,
    "kind_words": KINDS,
    "outcome_words": OUTCOMES,
    "report_states": REPORT_STATES,
    "suggestion_words": SUGGESTIONS,
    "category_of": category,
}
"""As the desk's templates call them."""
