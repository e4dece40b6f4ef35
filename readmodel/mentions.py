"""Mentions: the @handles of a text that notify people: those that its page links outside of quotations."""

from prose.reading import read, read_title

MAX_MENTIONS_PER_TEXT = 20
"""Mentions of one text that notify somebody; later ones are only linked."""


def mentions_in(body: str, title: str = "") -> tuple[str, ...]:
    """Normalised handles, those of the title first, each once; nobody need have them."""
    found = dict.fromkeys((*read_title(title).mentions, *read(body).mentions))
    return tuple(found)[:MAX_MENTIONS_PER_TEXT]
