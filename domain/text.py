"""Text that people type: the limits and characters of each kind, and how each is stored."""

import re
import unicodedata
from typing import Literal
from urllib.parse import urlsplit

from . import web_address
from .errors import Invalid, Sentence

MAX_TITLE_CHARS = 300
MAX_BODY_CHARS = 40_000
MAX_COMMENT_CHARS = 10_000
MAX_REASON_CHARS = 500
MAX_NOTE_CHARS = 2_000
MAX_URL_CHARS = 2_000
MAX_NAME_CHARS = 80
MAX_BIO_CHARS = 2_000
MAX_SOURCE_CHARS = 200
MAX_HANDLE_CHARS = 40
MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 1_000
WEB_PORTS = frozenset({80, 443})
MIN_OTHER_PORT = 1024
"""Of a webhook's address. Below it are mail and the like, to which a POST might mean something."""

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_HANDLE = re.compile(r"[a-z0-9_][a-z0-9_-]*\Z")
_LINK = re.compile(r"(https?|ftp)://[^\s/?#%]+([/?#]\S*)?\Z", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z]+://)?[^/?#]*", re.IGNORECASE)
_NAMED_USER = re.compile(r"[a-z]+://[^\s/?#]*@", re.IGNORECASE)
_ENDS = re.compile(r"[\t\r\n]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Turn what stands around a line too: U+202E shows gnp.exe as exe.png. Directions come from letters and from pages."""
_BLANK = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]*\Z"
)
"""Characters that leave nothing to see, alone or together: blanks, joiners, marks of direction, fillers."""


class Fields:
    """Collects what is wrong with each field of one command, so that a person sees it all at once."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}

    def line(self, field: str, value: str, limit: int) -> str:
        """One line: outer and repeated white space is folded to single blanks, overrides of direction are left out."""
        return self._checked(field, tidied(value, "line", limit), limit)

    def block(self, field: str, value: str, limit: int) -> str:
        """Text of many lines, kept as typed but for line ends, which become \\n, and for outer white space that would
        make it too long."""
        return self._checked(field, tidied(value, "block", limit), limit)

    def link(self, field: str, value: str) -> str:
        """An absolute http, https or ftp address, or nothing. Blanks in it are read as browsers read them:
        line ends and tabs are dropped, other blanks become %20 (https://url.spec.whatwg.org/#url-parsing), and
        what turns the direction is percent-encoded after the host."""
        url = self._checked(field, tidied(value, "link", MAX_URL_CHARS), MAX_URL_CHARS)
        if url and field not in self.faults and not _LINK.match(url):
            self.refuse(
                field, about_field(field, "%(field)s must be a whole address that starts with https:// or http://.")
            )
        return url

    def required(self, field: str, value: str) -> str:
        """The value, refused when nothing visible is in it."""
        if is_blank(value):
            self.refuse(field, about_field(field, "%(field)s can't be empty."))
        return value

    def refuse(self, field: str, sentence: str) -> None:
        self.faults.setdefault(field, sentence)

    def raise_faults(self) -> None:
        """Raises Invalid with every field that is wrong."""
        if self.faults:
            raise Invalid(self.faults)

    def _checked(self, field: str, value: str, limit: int) -> str:
        if len(value) > limit:
            self.refuse(field, too_long(field, len(value), limit))
        elif found := _UNFIT.search(value):
            self.refuse(field, _unfit(field, ord(found[0])))
        return value


def is_blank(value: str) -> bool:
    """Whether nothing in it can be seen."""
    return bool(_BLANK.match(value))


def tidied(value: str, kind: Literal["line", "block", "handle", "link"], limit: int) -> str:
    """A text as it is stored: its limit counts this and not what was typed around it."""
    match kind:
        case "line":
            return " ".join(_DIRECTIONS.sub("", value).split())
        case "handle":
            return handle_key(value)
        case "link":
            url = _ENDS.sub("", value.strip()).replace(" ", "%20")
            return url if len(url) > limit else _without_formatting(url)
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return text if len(text) <= limit else text.strip()


def _without_formatting(url: str) -> str:
    """In a host it stays, and is refused there."""
    host = _HOST.match(url)
    end = host.end() if host else 0
    return url[:end] + web_address.with_formatting_encoded(url[end:])


def too_long(field: str, length: int, most: int) -> Sentence:
    """The fault of a text that is too long."""
    return about_field(
        field, "%(field)s is %(length)s characters long; %(most)s is the most.", length=length, most=most
    )


def about_field(field: str, template: str, **values: int | str) -> Sentence:
    """A fault of one field, which pages may call by another name: %(field)s."""
    return Sentence(template, field=Sentence(field.capitalize()), **values)


def _unfit(field: str, code: int) -> Sentence:
    if 0xD800 <= code <= 0xDFFF:
        return about_field(field, "%(field)s has half of a character in it (a lone surrogate). Type that place again.")
    sign = f"U+{code:04X}"
    return about_field(field, "%(field)s has a control character in it (%(sign)s). Take it out.", sign=sign)


def post_link(fields: Fields, typed: str) -> str:
    """The link of a post as it is stored: https:// is put before a host without it; its host is what it seems to be."""
    bare = typed.strip()
    url = fields.link("url", web_address.with_scheme(bare) if len(bare) <= MAX_URL_CHARS else bare)
    if _NAMED_USER.match(url):
        fields.refuse(
            "url", about_field("url", "%(field)s leads elsewhere than it seems to: take out what is before the @.")
        )
    elif url and not web_address.parse(url):
        fields.refuse(
            "url", about_field("url", "%(field)s has a host that there can't be: look between // and the next /.")
        )
    return url


def post_texts(
    fields: Fields, title: str, body: str, url: str, *, title_alone: bool, stored_url: str = ""
) -> tuple[str, str, str]:
    """Title, body and link of a post as they are stored. title_alone: neither body nor link is needed.

    stored_url: the link that it has; it stays as it is, though it may be older than a rule.
    """
    title = fields.required("title", fields.line("title", title, MAX_TITLE_CHARS))
    body = fields.block("body", body, MAX_BODY_CHARS)
    url = url if url == stored_url else post_link(fields, url)
    if not url and not title_alone and is_blank(body):
        fields.refuse("body", Sentence("A post needs a body or a link: write one of them."))
    fields.raise_faults()
    return title, body, url


def comment_body(typed: str) -> str:
    """The body of a comment as it is stored."""
    return required_block("body", typed, MAX_COMMENT_CHARS)


def required_block(field: str, typed: str, limit: int) -> str:
    """A text of many lines as it is stored. Raises Invalid where nothing is in it, or what can't be."""
    fields = Fields()
    words = fields.required(field, fields.block(field, typed, limit))
    fields.raise_faults()
    return words


def required_reason(typed: str) -> str:
    """A reason as it is stored. Raises Invalid where nothing is in it, or what can't be."""
    return _reason(typed, required=True)


def optional_reason(typed: str) -> str:
    """A reason as it is stored, or "". Raises Invalid for what can't be in one."""
    return _reason(typed, required=False)


def _reason(typed: str, *, required: bool) -> str:
    fields = Fields()
    reason = fields.line("reason", typed, MAX_REASON_CHARS)
    if required:
        fields.required("reason", reason)
    fields.raise_faults()
    return reason


def handle_key(typed: str) -> str:
    """The one form of a handle: NFKC, lower case, without an @ in front. Not checked."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold()).strip().removeprefix("@")


def handle(fields: Fields, typed: str) -> str:
    """A handle somebody may register, normalised; what is wrong with it goes to fields."""
    key = handle_key(typed)
    if not key:
        fields.refuse("handle", "Handle can't be empty.")
    elif len(key) > MAX_HANDLE_CHARS:
        fields.refuse("handle", too_long("handle", len(key), MAX_HANDLE_CHARS))
    elif not _HANDLE.match(key):
        fields.refuse("handle", "Handle may have the letters a to z, digits, _ and -, and can't start with -.")
    return key


def is_handle(key: str) -> bool:
    """Whether key is a normalised handle that an account could have."""
    return len(key) <= MAX_HANDLE_CHARS and _HANDLE.match(key) is not None


def whole_number(typed: str, digits: int = 9) -> int | None:
    """A number of at most so many ASCII digits; None for anything else, such as "-1" or "１"."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= digits else None


def webhook_url_fault(url: str) -> str:
    """What is wrong with an address to call; "" where nothing is. Where it leads to is looked at when it is called."""
    if not url.isascii():
        return about_field("url", "%(field)s must be plain ASCII: names as xn--…, other letters as %%C3%%A9.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return about_field("url", "%(field)s has a host or a port that can't be.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return about_field("url", "%(field)s must start with https:// or http://, and name a host.")
    if parts.username is not None or parts.password is not None:
        return about_field("url", "%(field)s can't hold a name or a password; the signature tells who calls.")
    if parts.fragment:
        return about_field("url", "%(field)s can't hold a # part: it would never be sent.")
    if port is not None and port not in WEB_PORTS and port < MIN_OTHER_PORT:
        return about_field("url", "%(field)s can name port 80, 443, or one from %(port)s up.", port=str(MIN_OTHER_PORT))
    return ""
