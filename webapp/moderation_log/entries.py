"""What an entry of the moderation log says, as one sentence, and where the thing is that it is about."""

from markupsafe import Markup

from domain.handle import is_placeholder
from domain.site.newcomers import NewcomerLimitsSet
from readmodel.moderation.log_pages import LoggedAct
from webapp.text import activity


def sentence(entry: LoggedAct, who: Markup) -> Markup:
    """Who did what to what; the thing as a link, without its title: what was removed is nobody's to read."""
    return activity.in_log(entry.type, who, address(entry), f"@{entry.account}")


def plain_sentence(entry: LoggedAct, who: str) -> str:
    return activity.in_log(entry.type, Markup.escape(who), "", f"@{entry.account}").striptags()


def address(entry: LoggedAct) -> str:
    """The path of the thing; "" for an account without a page."""
    if entry.account is not None:
        return "" if is_placeholder(entry.account) else f"/@{entry.account}"
    subject, _, id = entry.stream.partition("-")
    if subject == "site":
        return "/admin/newcomers" if entry.type == NewcomerLimitsSet.type else "/rules"
    return f"/{subject}s/{id}"
