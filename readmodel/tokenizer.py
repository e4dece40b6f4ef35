"""The search tokenizer: the words of a text, and their spans. Pure: the same on every database and at every rebuild.

Case, accents, strokes, width and apostrophes don't count: "O’Neil" is oneil, "Łódź" is lodz. Scripts that leave no
blanks between words become pairs of neighbouring characters, with the last one by itself. An address is its words,
a host the same with and without www. and in either spelling of its letters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote

MIN_WORD_CHARS, MAX_WORD_CHARS = 2, 40
"""A shorter word isn't indexed, a longer one is cut."""

_PARTS = re.compile(r"\+\+|.", re.DOTALL)
"""Between any two of these an apostrophe may stand in a text, or what joins single letters."""
_ADDRESS = re.compile(r"\w+://(\S+)")
_WWW = re.compile(r"(?<![\w.-])www\.(?=[^\s./]+\.\w)", re.IGNORECASE)
"""Before a host that has two labels more: www.de is a host by itself."""
_PUNYCODE = re.compile(r"(?<![\w-])xn--([a-z0-9-]{1,59})(?![\w-])", re.IGNORECASE)
_SIGNS_OF_ADDRESSES = str.maketrans(dict.fromkeys("&'’+#", " "))
_APOSTROPHE = "'’‘ʻʼʽʾʿ＇"
_NORMALIZED = str.maketrans(
    dict.fromkeys(_APOSTROPHE + "\u0640")
    | dict(zip("łøđðıħŧŋĸɨƀɓɗǥƙƶ", "loddihtnkibbdgkz", strict=True))
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""What NFKD doesn't take apart, apostrophes, and the line that lengthens Arabic words."""
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u200c\u200d\u00ad]")
_LETTERS = "\\w\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3"
"""\\w knows no vowel signs of Indic scripts, Thai, Lao, Burmese and Khmer."""
_WORD = re.compile(f"[{_LETTERS}]+(?:\\+\\+|#)?")
_SIGN = f"[{_LETTERS}{_APOSTROPHE}\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u200c\u200d\u00ad]"
_AMPERSANDS = r"(?<![\w&/])(?:\w(?:&\w{1,3}|/\w)++|\w{2,3}&\ws?)(?![\w&/])"
_DOTS = r"(?<![\w.])[^\W\d_](?:\.[^\W\d_])++(?!\w)"
_SHORT = f"(?:{_AMPERSANDS}|{_DOTS})"
"""r&d, at&t, i/o, U.S.A.: letters that say nothing alone are one word."""
_JOINED = re.compile(_SHORT)
_IN_JOINED = re.compile("[&/.]")
_MAY_BE_JOINED = re.compile(r"[&/]|\.\w\b")
_ELISION = (
    rf"(?<!{_SIGN})(?<!&)(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|(?:de|ne|su|da|co)?ll|al|all|un|gl|quest|quell|sant)"
    rf"[{_APOSTROPHE}](?=\w)"
)
"""The article or the like before a word of French, Italian or Catalan: l’été, dell'arte."""
_OF_SHORT = rf"\.?[{_APOSTROPHE}]s\b"
_TYPED_SHORT = rf"[{_APOSTROPHE}]*(?:{_ELISION})?{_SHORT}(?:{_OF_SHORT})?"
_TYPED = re.compile(rf"{_TYPED_SHORT}|{_SIGN}+(?:\+\+|#)?", re.IGNORECASE)
_ELIDED = re.compile(rf"{_ELISION}({_SHORT}|{_SIGN}+)", re.IGNORECASE)
_APOSTROPHE_S = re.compile(rf"[{_APOSTROPHE}]s\b", re.IGNORECASE)
_POSSESSIVE = re.compile(rf"({_SHORT}){_OF_SHORT}", re.IGNORECASE)
_UNSPACED_LETTER = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
)
_UNSPACED = re.compile(f"({_UNSPACED_LETTER}+)")
_GAP = re.compile(f"(?<={_UNSPACED_LETTER})[\\s・]+(?={_UNSPACED_LETTER})")


def words_in(*texts: str) -> dict[str, None]:
    """The words in the order they come, each once; what an article or a possessive hangs on comes with it, and by
    itself."""
    found: dict[str, None] = {}
    for text in map(_with_plain_addresses, texts):
        stems = _POSSESSIVE.findall(text) if _APOSTROPHE_S.search(text) else []
        for part in (text, *_ELIDED.findall(text), *stems):
            found.update(_words(part.replace("_", " ")))
    return found


def words_of_name(name: str) -> dict[str, None]:
    """Those of the name as it is, and of it without the blanks and dots that 山田 太郎 may be written with."""
    return words_in(name, _GAP.sub("", unicodedata.normalize("NFKC", name)))


def wanted_in(query: str) -> dict[str, None]:
    """The words that a query asks for: l’été is été, so that it finds d’été too, and M&M’s is M&M."""
    return words_in(_POSSESSIVE.sub(r"\1", _ELIDED.sub(r"\1", query)))


def _with_plain_addresses(text: str) -> str:
    lower = text.lower()
    if "://" in lower:
        text = _ADDRESS.sub(_words_of_address, text)
    if "www." in lower:
        text = _WWW.sub("", text)
    return _PUNYCODE.sub(_decoded_label, text) if "xn--" in lower else text


def _decoded_label(found: re.Match[str]) -> str:
    try:
        return found[1].lower().encode().decode("punycode")
    except UnicodeError:
        return found[0]


def _words(text: str) -> dict[str, None]:
    if text.isascii():
        typed = _WORD.findall(_with_joined(text.lower().replace("'", "")))
        return dict.fromkeys([word[:MAX_WORD_CHARS] for word in typed if len(word) >= MIN_WORD_CHARS])
    return dict.fromkeys([part for typed in _WORD.findall(_with_joined(_normalized(text))) for part in _parts(typed)])


def _with_joined(text: str) -> str:
    if not _MAY_BE_JOINED.search(text):
        return text
    return _JOINED.sub(lambda found: _IN_JOINED.sub("", found[0]), text)


def _words_of_address(found: re.Match[str]) -> str:
    """Host, path and query, as they are read and not as they are sent."""
    rest = found[1]
    return (unquote(rest) if "%" in rest else rest).translate(_SIGNS_OF_ADDRESSES).replace("/", " ")


def match_spans(
    text: str, wanted: Callable[[str], bool], beginnings: tuple[str, ...] = ("",)
) -> Iterator[tuple[int, int]]:
    """Start and end of each span of the text whose word is wanted, from left to right, without overlaps.

    beginnings: prefixes of wanted words; others are skipped.
    """
    start = end = 0
    for found in _matches(text.replace("_", " "), wanted, beginnings):
        if found[0] > end and end:
            yield start, end
            start, end = found
        else:
            start, end = (start, max(end, found[1])) if end else found
    if end:
        yield start, end


def _matches(text: str, wanted: Callable[[str], bool], beginnings: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for match in _candidate_words(text, beginnings):
        whole, at = match[0], match.start()
        if whole.isascii() and whole.isalnum():
            if wanted(whole.lower()[:MAX_WORD_CHARS]):
                yield at, match.end()
            continue
        if not _UNSPACED.search(whole):
            if any(map(wanted, words_in(whole))):
                yield at, match.end()
            continue
        for step in range(max(1, len(whole) - 1)):
            if any(map(wanted, words_in(whole[step : step + 2]))):
                yield at + step, at + min(step + 2, len(whole))


def _candidate_words(text: str, beginnings: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """The words of a text as it spells them; those of plain ASCII only with one of these prefixes."""
    if not text.isascii():
        return _mixed(beginnings).finditer(text)
    begins = _beginning(beginnings).finditer(text)
    return (match for place in begins if (match := _TYPED.match(text, place.start())) is not None)


@lru_cache(maxsize=256)
def _beginning(beginnings: tuple[str, ...]) -> re.Pattern[str]:
    """Matches the beginning of an ASCII word with one of these prefixes, with any apostrophes in it."""
    return re.compile(
        rf"(?<![\w'])'*(?:{_ELISION})?(?:{_any_of(beginnings)}|(?=\w\.\w(?!\w)))", re.IGNORECASE | re.ASCII
    )


@lru_cache(maxsize=256)
def _mixed(beginnings: tuple[str, ...]) -> re.Pattern[str]:
    """Matches whole words with one of these prefixes, and all that aren't ASCII: those have to be normalized first."""
    ended = tuple(one for one in beginnings if one.endswith(("++", "#")))
    begun = tuple(one for one in beginnings if one not in ended)
    whole = rf"{_SIGN}*(?=[^\x00-\x7f]){_SIGN}+"
    ways = (
        rf"{_TYPED_SHORT}|(?:'*(?:{_ELISION})?(?:{_any_of(begun)}){_SIGN}*|{whole})(?:\+\+|#)?|'*(?:{_any_of(ended)})"
    )
    return re.compile(rf"(?<!{_SIGN})(?={_SIGN})(?:{ways})", re.IGNORECASE)


def _any_of(beginnings: tuple[str, ...]) -> str:
    ways = ["['&/]*".join(map(re.escape, _PARTS.findall(one))) for one in beginnings if one.isascii()]
    return "|".join(ways) if ways else "(?!)"


def _normalized(text: str) -> str:
    """The text without case, accents, width, apostrophes and invisible joiners."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_NORMALIZED)
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)))


def _parts(word: str) -> Iterator[str]:
    """The word itself, or where its script leaves no blanks the pairs of characters, and the last one alone."""
    for number, part in enumerate(_UNSPACED.split(word)):
        if number % 2 == 0:
            if len(part) >= MIN_WORD_CHARS and part.strip("+#"):
                yield part[:MAX_WORD_CHARS]
        else:
            yield from (part[at : at + 2] for at in range(len(part)))
