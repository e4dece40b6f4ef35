"""Internationalization. A page's language is what its reader chose, else what their browser asks for, else English.

English is the text of the sources. Every other language is a catalogue that is read at the start,
translations/<language>/LC_MESSAGES/messages.po. Feeds for other programs and the API stay English.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, gettext, ngettext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from domain.errors import Invalid, Refused, Sentence
from domain.moderation.terms import is_moment
from retention import whole_units

FOLDER = Path(__file__).resolve().parents[2] / "translations"
ENGLISH = "en"
ENGLISH_ONLY = frozenset({"api", "atom", "moderation_log_atom"})
"""Blueprints that answer programs, and the page that explains the API to their authors."""
COOKIE = "language"
COOKIE_MAX_AGE_S = 31_536_000


class Catalogues(Domain):
    """Flask-Babel's domain over catalogues that were read from .po files. supported: language → its catalogue."""

    def __init__(self, supported: Mapping[str, NullTranslations]) -> None:
        super().__init__()
        self.supported = supported

    def get_translations(self) -> NullTranslations:
        return self.supported[current()]


def init_app(app: Flask) -> None:
    # The forms have no messages of WTForms' own, so its catalogues needn't be looked for.
    app.config["WTF_I18N_ENABLED"] = False
    babel = Babel(app, configure_jinja=False, default_locale=ENGLISH, locale_selector=current)
    babel.domain_instance = app.extensions["languages"] = Catalogues(_read(FOLDER))
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals.update(
        _=_translated,
        gettext=_translated,
        ngettext=_pluralized,
        language=current,
        languages=names,
        with_language=with_language,
    )
    app.extensions["fixed"] = {}
    app.jinja_env.globals["fixed"] = fixed
    app.jinja_env.filters.update(number=number, moment=moment, span=span)


def current() -> str:
    """The language of the current response, as `<html lang>` names it."""
    try:
        return cast(str, g.language)
    except AttributeError:
        g.language = _wanted()
        return cast(str, g.language)


def fixed(template: str) -> Markup:
    """Renders a template that is the same for everybody, once for each language."""
    rendered: dict[tuple[str, str], Markup] = current_app.extensions["fixed"]
    key = (template, current())
    if key not in rendered:
        rendered[key] = Markup(current_app.jinja_env.get_template(template).render())
    return rendered[key]


def names() -> dict[str, str]:
    """Language → its own name for itself, English first."""
    catalogues: Catalogues = current_app.extensions["languages"]
    return {language: _name(language) for language in catalogues.supported}


def translate(sentence: str) -> str:
    """Translates a sentence of the domain, which is English until here, to the language of the response."""
    if not sentence:
        return ""
    if not isinstance(sentence, Sentence) or not sentence.values:
        return str(gettext(sentence))
    values = {name: _localized(value) for name, value in sentence.values.items()}
    return str(gettext(sentence.template, **values))


def refusal(refused: Refused) -> str:
    """The message of a refusal, translated."""
    if isinstance(refused, Invalid):
        return " ".join(translate(sentence) for sentence in refused.field_messages.values())
    return translate(refused.message)


def number(value: int) -> str:
    """1,234 or 1.234, as the language writes it."""
    return str(value) if 0 <= value < 1000 else _grouped(value, current())


def moment(at: str) -> str:
    """ISO 8601 UTC as a whole date and time in the language of the answer: Nov 24, 2026, 5:00 AM UTC.

    No longer than what times.js makes of it, so that little moves then.
    """
    return _written_out(at[:16], current())


def span(length: timedelta) -> str:
    """A length of time, exactly: 30 days or 30 Tage, 36 hours or 36 Stunden."""
    count, unit = whole_units(length)
    counted = {
        "day": lambda: ngettext("%(num)s day", "%(num)s days", count),
        "hour": lambda: ngettext("%(num)s hour", "%(num)s hours", count),
        "minute": lambda: ngettext("%(num)s minute", "%(num)s minutes", count),
        "second": lambda: ngettext("%(num)s second", "%(num)s seconds", count),
    }
    return str(counted[unit]())


def with_language(version: int) -> str:
    """An ETag of a translated fragment: the version, with the language unless that is English. 2, 2-de."""
    return str(version) if current() == ENGLISH else f"{version}-{current()}"


def _translated(message: str, **values: Any) -> Markup:
    """A message in a template, as Jinja's own would give it; a page has hundreds, so each is made once."""
    return _formatted(_catalogue_of_answer(), message, **values)


def _pluralized(one: str, many: str, num: int, **values: Any) -> Markup:
    return _formatted_plural(_catalogue_of_answer(), one, many, num, **values)


def _catalogue_of_answer() -> NullTranslations:
    if "catalogue" not in g:
        g.catalogue = current_app.extensions["languages"].supported[current()]
    return cast(NullTranslations, g.catalogue)


# typed: Markup and a str of the same characters are equal, and only one of them is escaped.
@lru_cache(maxsize=4096, typed=True)
def _formatted(catalogue: NullTranslations, message: str, **values: Any) -> Markup:
    return Markup(catalogue.gettext(message)) % values


@lru_cache(maxsize=4096, typed=True)
def _formatted_plural(catalogue: NullTranslations, one: str, many: str, num: int, **values: Any) -> Markup:
    return Markup(catalogue.ngettext(one, many, num)) % ({"num": num} | values)


def _wanted() -> str:
    """The language that the request asks for. Whatever isn't supported is passed over, nothing is an error."""
    supported = current_app.extensions["languages"].supported
    if not has_request_context() or request.blueprint in ENGLISH_ONLY:
        return ENGLISH
    if (chosen := request.cookies.get(COOKIE)) in supported:
        return str(chosen)
    return preferred(request.headers.get("Accept-Language", ""), tuple(supported))


@lru_cache(maxsize=1024)
def preferred(accept_language: str, supported: tuple[str, ...]) -> str:
    """The language that a browser's header asks for.

    Werkzeug's best_match prefers "en;q=0.1" to "de-AT;q=0.9", which isn't supported by that name.
    """
    accepted = parse_accept_header(accept_language, LanguageAccept)
    asked = (tag.partition("-")[0].lower() for tag, quality in accepted if quality > 0)
    return next((language for language in asked if language in supported), ENGLISH)


def _localized(value: Any) -> Any:
    if isinstance(value, Sentence):
        return translate(value)
    if isinstance(value, str) and is_moment(value):
        return moment(value)
    return number(value) if isinstance(value, int) else value


@cache
def _read(folder: Path) -> Mapping[str, NullTranslations]:
    found = {path.parent.parent.name: path for path in sorted(folder.glob("*/LC_MESSAGES/messages.po"))}
    return {ENGLISH: NullTranslations()} | {language: _catalogue(path, language) for language, path in found.items()}


def _catalogue(path: Path, language: str) -> Translations:
    """gettext reads only its binary form, so that is made in memory: no file to keep in step, no step to forget."""
    compiled = BytesIO()
    with path.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=4096)
def _written_out(minute: str, language: str) -> str:
    at = datetime.fromisoformat(minute)
    day, time = format_date(at, "medium", locale=language), format_time(at, "short", locale=language)
    both = str(get_datetime_format("medium", locale=language))
    return f"{both.format(time, day)} UTC"


@lru_cache(maxsize=1024)
def _grouped(value: int, language: str) -> str:
    return str(format_decimal(value, locale=language))


@cache
def _name(language: str) -> str:
    return str(Locale.parse(language).get_display_name(language)).capitalize()
