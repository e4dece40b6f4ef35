"""The types of single fields, with the limits that the domain checks: the schema shows the same numbers."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from domain import text, token
from readmodel.engine.paging import MAX_PAGE_ITEMS

EXPIRES_LEAST_S, EXPIRES_MOST_S, EXPIRES_S = 60, 366 * 86_400, 90 * 86_400
CURSOR = 1_000


def limits(tidied: str, least: int, most: int) -> Meta:
    """How many characters a text has once it is tidied as it is stored (domain.text.tidied); field_faults.py looks."""
    schema = {"maxLength": most} | ({"minLength": least} if least else {})
    return Meta(extra={"tidied": tidied, "min": least, "max": most}, extra_json_schema=schema)


def _told(description: str, **schema: Any) -> Meta:
    return Meta(description=description, extra_json_schema=schema or None)


def _format(format: str) -> Meta:
    return Meta(extra_json_schema={"format": format})


Title = Annotated[str, limits("line", 1, text.MAX_TITLE_CHARS), _told("One line.")]
Body = Annotated[str, limits("block", 0, text.MAX_BODY_CHARS), _told("Markdown. May be empty where there is a link.")]
Url = Annotated[str, limits("link", 0, text.MAX_URL_CHARS), _told("An absolute http, https or ftp address, or empty.")]
Words = Annotated[str, limits("block", 1, text.MAX_COMMENT_CHARS), _told("Markdown.")]
Reason = Annotated[str, limits("line", 0, text.MAX_REASON_CHARS), _told("Owed where the words are somebody else's.")]
OwedReason = Annotated[str, limits("line", 1, text.MAX_REASON_CHARS), _told("Everyone sees it in the history.")]
Handle = Annotated[str, limits("handle", 1, text.MAX_HANDLE_CHARS), _told("a to z, digits, _ and -; in any case.")]
Name = Annotated[str, limits("line", 0, text.MAX_NAME_CHARS)]
Bio = Annotated[str, limits("block", 0, text.MAX_BIO_CHARS), _told("Markdown.")]
NewPassword = Annotated[
    str, Meta(min_length=text.MIN_PASSWORD_CHARS, max_length=text.MAX_PASSWORD_CHARS), _format("password")
]
Password = Annotated[str, Meta(max_length=text.MAX_PASSWORD_CHARS), _format("password")]
Label = Annotated[str, limits("line", 0, token.MAX_LABEL_CHARS), _told("What the token is for; its owner sees it.")]
Scope = Literal["read", "write", "moderate"]
Scopes = Annotated[
    list[Scope],
    Meta(max_length=len(token.SCOPES)),
    _told("read: see as yourself. write: act as an author. moderate: use your roles. None means all."),
]
Seconds = Annotated[int, Meta(ge=EXPIRES_LEAST_S, le=EXPIRES_MOST_S), _told("Until the token ends.")]
Id = Annotated[str, _told("A UUID.", format="uuid")]
Moment = Annotated[str, _told("ISO 8601, UTC, microseconds.", format="date-time")]
Until = Annotated[
    str, Meta(min_length=1), _told("ISO 8601 with a time zone; at most ten years from now.", format="date-time")
]
Version = Annotated[int, Meta(ge=1), _told("How many events its stream has; the ETag is this in quotes.")]
Count = Annotated[int, Meta(ge=0)]
Least = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE_ITEMS)]
Cursor = Annotated[str, Meta(min_length=1, max_length=CURSOR), _told("`next` of the page before.")]
Sort = Annotated[Literal["new", "top", "discussed"], _told("new if left out; not together with q.")]
Typed = Annotated[str, Meta(min_length=1, max_length=200)]
Searched = Annotated[str, Meta(min_length=1, max_length=text.MAX_URL_CHARS), _told("Words, or a link.")]
Position = Annotated[int, Meta(ge=0, le=10**15 - 1), _told("A place in the global order; 0 is before everything.")]
Ticket = Annotated[str, Meta(max_length=CURSOR), _told("Of POST /events/tickets, where no token can be sent.")]
Patience = Annotated[int, Meta(ge=0, le=30), _told("Seconds to wait for something to happen where nothing has.")]
Wait = Annotated[
    str,
    Meta(
        pattern=r"^(none|shown|[0-4](\.[0-9]{1,3})?|5(\.0{1,3})?)$",
        extra={"fault": "must be none, shown, or seconds from 0 to 5"},
    ),
    _told("How long the answer waits until queries show the change: none, shown (up to 5 s), or seconds."),
]
