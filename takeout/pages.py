"""The pages of a takeout, for people: templates of their own, in the language in which it was requested.

They are read offline, so that each brings its style and loads nothing; a policy in them says so too.
"""

import io
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.catalogue import BY_EVENT

from .markdown import render

if TYPE_CHECKING:
    from babel.support import NullTranslations
    from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = "en"
PAGE_WRITINGS = 500
"""Posts and comments on one page: a browser shows as many at once."""
FIRST_PAGE = "index.html"


def page_name(number: int) -> str:
    """Of the page with the writing of this number, the newest being 0."""
    page = number // PAGE_WRITINGS
    return FIRST_PAGE if page == 0 else f"older-{page + 1:04}.html"


def part(template: str, language: str, base: str, **values: Any) -> str:
    """A part of a page; base: the site's address."""
    environment = _environment(language)
    shown: str = environment.get_template(f"takeout/{template}.html").render(
        base=base, language=language, markdown=partial(render, base=base), act_name=_act_name(language), **values
    )
    return shown


@cache
def _environment(language: str) -> "Environment":
    """Loaded with the first takeout: a process that makes none needs no templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(_catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(moment=moment)
    return environment


def moment(at: str) -> str:
    """ISO 8601 UTC as a date and time that every language reads."""
    return f"{at[:10]} {at[11:16]} UTC"


def _act_name(language: str) -> Any:
    catalogue = _catalogue(language)

    def name(type: str) -> str:
        act = BY_EVENT.get(type)
        return str(catalogue.gettext(act.name)) if act else type

    return name


@cache
def _catalogue(language: str) -> "NullTranslations":
    """English stands in the sources; a language without a catalogue is English too."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import NullTranslations, Translations

    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    if language == ENGLISH or not path.is_file():
        return NullTranslations()
    packed = io.BytesIO()
    with path.open("rb") as text:
        write_mo(packed, read_po(text, locale=language))
    packed.seek(0)
    return Translations(packed)
