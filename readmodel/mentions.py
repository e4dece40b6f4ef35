"""Mentions: the @handles in the prose of a text, as pages link them."""

import re

MAX_MENTIONS_PER_TEXT = 20
"""Mentions of one text that notify somebody; later ones are only linked."""

_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\w+://\S+", re.DOTALL)
_MENTION = re.compile(r"(?<![\w/@#&.;\\])@([A-Za-z0-9_][A-Za-z0-9_-]{0,39})(?![\w-])")


def mentions_in(*texts: str) -> tuple[str, ...]:
    """Normalised handles in the order they come, each once; nobody need have them."""
    found: dict[str, None] = {}
    for text in texts:
        if "@" in text:
            found.update(dict.fromkeys(map(str.lower, _MENTION.findall(_NOT_PROSE.sub(" ", text)))))
    return tuple(found)[:MAX_MENTIONS_PER_TEXT]
