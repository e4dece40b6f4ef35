"""The language of a text where its script says it: screen readers and fonts go by it."""

from functools import lru_cache

import regex
from markupsafe import Markup

LOOKED_AT_CHARS = 400
_LANGUAGES = {
    "Hangul": "ko", "Thai": "th", "Hebrew": "he", "Greek": "el", "Georgian": "ka", "Armenian": "hy", "Khmer": "km",
    "Lao": "lo", "Myanmar": "my", "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Gujarati": "gu",
    "Gurmukhi": "pa", "Sinhala": "si", "Tibetan": "bo",
}  # fmt: skip
"""Scripts that one living language has for itself, or nearly so. Latin, Arabic and Cyrillic say nothing."""
_LETTERS = regex.compile(
    r"(?P<kana>[\p{Hiragana}\p{Katakana}])|(?P<han>\p{Han})|"
    + "|".join(rf"(?P<{language}>\p{{{script}}})" for script, language in _LANGUAGES.items())
    + r"|(?P<other>\p{L})"
)


@lru_cache(maxsize=4096)
def language_of(text: str) -> str:
    """A language's tag; "" where the script of most letters doesn't tell."""
    if text.isascii():
        return ""
    counts: dict[str, int] = {}
    for match in _LETTERS.finditer(text[:LOOKED_AT_CHARS]):
        counts[str(match.lastgroup)] = counts.get(str(match.lastgroup), 0) + 1
    kana, han = counts.pop("kana", 0), counts.pop("han", 0)
    counts["ja" if kana else "zh"] = kana + han
    language, most = max(counts.items(), key=lambda one: one[1])
    return language if language != "other" and 2 * most > sum(counts.values()) else ""


def lang_attribute(text: str) -> Markup:
    """` lang="ja"` for a tag around the text, or nothing."""
    language = language_of(text)
    return Markup(' lang="{}"').format(language) if language else Markup("")
