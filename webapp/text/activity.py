"""Activity: what somebody did, as whole sentences out of the catalogue of acts, in the reader's language.

Each is a message of its own, since languages order and bend the words of a sentence differently. `who` and `thing` are
links.
"""

from flask_babel import gettext
from markupsafe import Markup, escape

from domain.catalogue import BY_EVENT
from domain.errors import Sentence

ANSWERED = {
    "answer": Sentence("%(who)s commented on %(thing)s"),
    "answer to comment": Sentence("%(who)s answered your comment on %(thing)s"),
    "mention": Sentence("%(who)s mentioned you in %(thing)s"),
    "mention in comment": Sentence("%(who)s mentioned you on %(thing)s"),
}


def in_history(type: str, who: Markup) -> Markup:
    """For the thing's own page. An event of a newer release is told by its name."""
    act = BY_EVENT.get(type)
    return _filled(act.told.history if act and act.told else None, type, who=who)


def in_log(type: str, who: Markup, href: str, name: str) -> Markup:
    """For the moderators' log. href: where the thing is, "" for no page; name: of the account, where it is one."""
    act = BY_EVENT.get(type)
    return _filled(act.told.log if act and act.told else None, type, href, who=who, name=name)


def to_owner(what: str, who: Markup, thing: Markup, href: str) -> Markup:
    """For whom it concerns. what: the type of an event, or a key of ANSWERED. thing: its title, as a link to href."""
    act = BY_EVENT.get(what)
    sentence = ANSWERED.get(what) or (act.told.owner if act and act.told else None)
    return _filled(sentence, what, href, who=who, thing=thing)


def linked(sentence: str, href: str) -> Markup:
    """A translated sentence of the site's own; what stands in [] leads to href."""
    opened = Markup('<a class="strong" href="{}">').format(href)
    return escape(sentence).replace("[", opened).replace("]", Markup("</a>"))


def _filled(sentence: Sentence | None, type: str, href: str = "", **values: str) -> Markup:
    """The sentence with its values; what stands in [] leads to href, if there is one."""
    template = gettext(sentence) if sentence else f"%(who)s: {escape(type)}"
    opened, closed = (f'<a class="strong" href="{escape(href)}">', "</a>") if href else ("", "")
    template = template.replace("[", opened).replace("]", closed)
    return Markup(template) % {name: escape(value) for name, value in values.items()}
