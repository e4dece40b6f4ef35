"""Who reports: an account, or a stranger by an id that their browser keeps."""

from webapp.site import site, strangers
from webapp.site.auth import viewer


def known() -> str:
    """The id by which the viewer has reported, or would; "" for a stranger who hasn't opened a form yet."""
    return viewer() or strangers.known()


def is_of_decision(target: str, decision: str) -> bool:
    """Whether the viewer reported what a decision answered."""
    reporter = known()
    return bool(reporter) and reporter in site.current().bus.aggregates().case(target).reporters_of(decision)
