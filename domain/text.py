"""What people may type: the limits and characters of each kind of text, checked in one place."""

import re
import unicodedata

from .errors import Invalid, Sentence

TITLE, BODY, COMMENT, REASON, URL, NAME, BIO, SOURCE = 300, 40_000, 10_000, 500, 2_000, 80, 2_000, 200
HANDLE = 40
PASSWORD_MIN, PASSWORD_MAX = 8, 1_000

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_HANDLE = re.compile(r"[a-z0-9_][a-z0-9_-]*\Z")
_LINK = re.compile(r"(https?|ftp)://[^\s/?#%]+([/?#]\S*)?\Z", re.IGNORECASE)
_ENDS = re.compile(r"[\t\r\n]")
_BLANK = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]*\Z"
)
"""Characters that leave nothing to see, alone or together: blanks, joiners, marks of direction, fillers."""


class Fields:
    """Collects what is wrong with each field of one command, so that a person sees it all at once."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def line(self, field: str, value: str, limit: int) -> str:
        """One line: outer and repeated white space is folded to single blanks."""
        return self._checked(field, " ".join(value.split()), limit)

    def block(self, field: str, value: str, limit: int) -> str:
        """Text of many lines, kept as typed but for line ends, which become \\n."""
        return self._checked(field, value.replace("\r\n", "\n").replace("\r", "\n"), limit)

    def link(self, field: str, value: str) -> str:
        """An absolute http, https or ftp address, or nothing. Blanks in it are read as browsers read them:
        line ends and tabs are dropped, other blanks become %20 (https://url.spec.whatwg.org/#url-parsing)."""
        url = self._checked(field, _ENDS.sub("", value.strip()).replace(" ", "%20"), URL)
        if url and field not in self.wrong and not _LINK.match(url):
            self.refuse(field, about(field, "%(field)s must be a whole address that starts with https:// or http://."))
        return url

    def required(self, field: str, value: str) -> str:
        """The value, refused when nothing visible is in it."""
        if _BLANK.match(value):
            self.refuse(field, about(field, "%(field)s can't be empty."))
        return value

    def refuse(self, field: str, sentence: str) -> None:
        self.wrong.setdefault(field, sentence)

    def check(self) -> None:
        """Raises Invalid with every field that is wrong."""
        if self.wrong:
            raise Invalid(self.wrong)

    def _checked(self, field: str, value: str, limit: int) -> str:
        if len(value) > limit:
            self.refuse(field, long(field, len(value), limit))
        elif found := _UNFIT.search(value):
            self.refuse(field, _unfit(field, ord(found[0])))
        return value


def long(field: str, length: int, most: int) -> Sentence:
    """What is said of a text that is too long."""
    return about(field, "%(field)s is %(length)s characters long; %(most)s is the most.", length=length, most=most)


def about(field: str, template: str, **values: int | str) -> Sentence:
    """A sentence about one field, which pages may call by another name: %(field)s."""
    return Sentence(template, field=Sentence(field.capitalize()), **values)


def _unfit(field: str, code: int) -> Sentence:
    if 0xD800 <= code <= 0xDFFF:
        return about(field, "%(field)s has half of a character in it (a lone surrogate). Type that place again.")
    sign = f"U+{code:04X}"
    return about(field, "%(field)s has a control character in it (%(sign)s). Take it out.", sign=sign)


def handle_key(typed: str) -> str:
    """The one form of a handle: NFKC, lower case, without an @ in front. Not checked."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold()).strip().removeprefix("@")


def handle(fields: Fields, typed: str) -> str:
    """A handle somebody may register, normalised; what is wrong with it goes to fields."""
    key = handle_key(typed)
    if not key:
        fields.refuse("handle", "Handle can't be empty.")
    elif len(key) > HANDLE:
        fields.refuse("handle", long("handle", len(key), HANDLE))
    elif not _HANDLE.match(key):
        fields.refuse("handle", "Handle may have the letters a to z, digits, _ and -, and can't start with -.")
    return key


def is_handle(key: str) -> bool:
    """Whether key is a normalised handle that an account could have."""
    return len(key) <= HANDLE and _HANDLE.match(key) is not None


def whole_number(typed: str, digits: int = 9) -> int | None:
    """A number of at most so many ASCII digits; None for anything else, such as "-1" or "１"."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= digits else None
