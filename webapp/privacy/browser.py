"""What the site has readers' own browsers keep."""

from datetime import timedelta

from flask_babel import lazy_gettext

from webapp.site import i18n, strangers

from .kinds import YOU, Fixed, Group, Kind, Until

BROWSER = Group(
    id="browser",
    name=lazy_gettext("What your browser keeps for you"),
    kinds=(
        Kind(
            id="session-cookie",
            name=lazy_gettext("The cookie that you are logged in by"),
            what=lazy_gettext("A random number, and what protects your forms."),
            seen_by=(YOU,),
            kept=Until(lazy_gettext("until you close the browser or log out")),
        ),
        Kind(
            id="report-cookie",
            name=lazy_gettext("What you report without an account"),
            what=lazy_gettext("A random number in that cookie, by which you find your reports again."),
            seen_by=(YOU,),
            kept=Fixed(strangers.KEPT_FOR, lazy_gettext("after you opened the form of a report")),
        ),
        Kind(
            id="language-cookie",
            name=lazy_gettext("The language"),
            what=lazy_gettext("A cookie with the language you chose below, if you did."),
            seen_by=(YOU,),
            kept=Fixed(timedelta(seconds=i18n.COOKIE_MAX_AGE_S), lazy_gettext("after you chose it")),
        ),
        Kind(
            id="browser-storage",
            name=lazy_gettext("Drafts and settings of this browser"),
            what=lazy_gettext(
                "Colours, keys, collapsed threads, your place in lists, and drafts while the site can’t be reached. "
                "They are sent nowhere, but for drafts."
            ),
            seen_by=(YOU,),
            kept=Until(lazy_gettext("until you clear what the browser has of this site")),
        ),
    ),
)
