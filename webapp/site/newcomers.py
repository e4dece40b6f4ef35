"""Limits for new accounts, checked before a text is sent. Whoever has been here for a while costs nothing.

The lists tell how old an account is and what it wrote, so a text that they don't show yet isn't counted. Without them
nothing is limited: they are away for a moment, and writing goes on.
"""

from datetime import timedelta

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from domain import comment, post
from domain.account import EditProfile
from domain.errors import Invalid, Sentence, Unavailable
from domain.ids import now
from domain.messages import Command, Envelope
from domain.moderation.terms import later
from domain.site.newcomers import OFF, NewcomerLimits, SetNewcomerLimits
from prose.links import count_links
from prose.reading import read, read_title
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from readmodel.generations.errors import NoGeneration
from readmodel.posts import PostView
from readmodel.site.newcomers import SetLimits, SetLimitsView, Standing, StandingView, WrittenSince

from . import site
from .database import ask

HOUR = timedelta(hours=1)
WRITING = (post.NewPost, comment.AddComment)
TEXTS = (*WRITING, post.EditPost, comment.EditComment, EditProfile)
LINKS = Sentence("Links in a text of a new account: %(most)s at most, and this has %(number)s. %(end)s")
MENTIONS = Sentence("People mentioned in a text of a new account: %(most)s at most, and this has %(number)s. %(end)s")
PER_HOUR = Sentence("Texts of a new account in an hour: %(most)s at most. The next one can come at %(next)s. %(end)s")
ENDS_AT = Sentence("This limit ends at %(at)s.")
ENDS_WITH = Sentence("This limit ends once %(writings)s posts and comments of yours stand.")
ENDS_AT_WITH = Sentence("This limit ends at %(at)s, once %(writings)s posts and comments of yours stand.")


def require_within_limits(command: Command, envelope: Envelope) -> None:
    """Raises Invalid, about the field of the text, where whoever sends it is new and it is more than they may."""
    if isinstance(command, SetNewcomerLimits):
        site.current().regulars.clear()
    if not isinstance(command, TEXTS) or envelope.actor in site.current().regulars:
        return
    try:
        found = _limits_of(envelope.actor)
        if found is not None and not site.current().bus.was_sent(envelope):
            _check(command, envelope.actor, *found)
    except (SQLAlchemyError, Unavailable, NoGeneration) as error:
        current_app.logger.warning("newcomers: limits weren't checked: %s", error)


def limits() -> NewcomerLimits:
    """Those in force; none until an admin sets some."""
    found: SetLimitsView | None = ask(SetLimits())
    return found.limits if found is not None else OFF


def _limits_of(account: str) -> tuple[NewcomerLimits, StandingView] | None:
    """The limits that apply to somebody, and why; None where none do."""
    in_force = limits()
    found: StandingView | None = ask(Standing(account=account)) if in_force.limits_anybody else None
    if found and not found.has_role and in_force.applies_to(found.joined_at, found.writings, now()):
        return in_force, found
    if found or not in_force.limits_anybody:
        site.current().regulars.add(account)
    return None


def _check(command: Command, account: str, in_force: NewcomerLimits, found: StandingView) -> None:
    end, (field, *typed) = _end(in_force, found), _texts(command)
    for most, count, sentence in ((in_force.links, _links, LINKS), (in_force.mentions, _mentions, MENTIONS)):
        number = count(*typed)
        if most and number > most and number > count(*_stored_texts(command)):
            raise Invalid({field: Sentence(sentence, most=most, number=number, end=end)})
    if in_force.per_hour and isinstance(command, WRITING):
        since = later(now(), -HOUR)
        written: list[str] = ask(WrittenSince(account=account, since=since, limit=in_force.per_hour))
        if len(written) == in_force.per_hour:
            again = _shown(later(written[-1], HOUR))
            raise Invalid({field: Sentence(PER_HOUR, most=in_force.per_hour, next=again, end=end)})


def _texts(command: Command) -> tuple[str, str, str, str]:
    """The name of the field; then title, body and link as typed."""
    match command:
        case post.NewPost(title=title, body=body, url=url) | post.EditPost(title=title, body=body, url=url):
            return "body" if body or not url else "url", title, body, url or ""
        case comment.AddComment(body=body) | comment.EditComment(body=body):
            return "body", "", body, ""
        case EditProfile(bio=bio):
            return "bio", "", bio, ""
    raise TypeError(f"{type(command).__name__} brings no text")


def _stored_texts(command: Command) -> tuple[str, str, str]:
    """What an edit takes the place of: it may leave as many there as there are."""
    match command:
        case post.EditPost():
            stored: PostView | None = ask(PostById(post=command.post))
            return (stored.title, stored.body, stored.url) if stored else ("", "", "")
        case comment.EditComment():
            found: CommentView | None = ask(CommentById(comment=command.comment))
            return "", found.body if found else "", ""
    return "", "", ""


def _links(_title: str, body: str, url: str) -> int:
    return count_links(body) + bool(url.strip())


def _mentions(title: str, body: str, _url: str) -> int:
    return len({*read_title(title).people, *read(body).people})


def _end(in_force: NewcomerLimits, found: StandingView) -> Sentence:
    """When the limits end for somebody."""
    end = in_force.end_of_days(found.joined_at)
    young, few = now() < end, found.writings < in_force.writings
    values = ({"at": _shown(end)} if young else {}) | ({"writings": in_force.writings} if few else {})
    return Sentence(ENDS_AT_WITH if young and few else ENDS_AT if young else ENDS_WITH, **values)


def _shown(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC"
