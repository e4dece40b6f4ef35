"""What the states of a bulk removal are called."""

from flask_babel import lazy_gettext

STATES = {
    "being carried out": lazy_gettext("being carried out"),
    "carried out": lazy_gettext("carried out"),
    "being taken back": lazy_gettext("being taken back"),
    "taken back": lazy_gettext("taken back"),
}
