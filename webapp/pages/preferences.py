"""Preferences of every reader, logged in or not: the language; and the page of keyboard shortcuts."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from webapp.server import htmx, security
from webapp.site import form_recovery, i18n, site

languages = Blueprint("languages", __name__)
shortcuts = Blueprint("keyboard", __name__)


@languages.post("/language")
@security.csrf.exempt
def choose_language() -> Response:
    """Sets the language cookie. Sec-Fetch-Site is checked, since a CSRF token would give every stranger a session."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise BadRequest("This form came from another site. Nothing was changed.")
    wanted = request.form.get("language", "")
    if wanted not in i18n.names():
        raise BadRequest("There is no such language here.")
    response = htmx.go(form_recovery.local_path(request.form.get("next", "/")))
    secure = site.current().settings.https
    response.set_cookie(
        i18n.COOKIE, wanted, max_age=i18n.COOKIE_MAX_AGE_S, secure=secure, httponly=True, samesite="Lax"
    )
    return response


@shortcuts.get("/keyboard")
def list_shortcuts() -> Response:
    """The shortcuts of the dialog on each page, for those without scripts too."""
    return htmx.show("shortcuts/show.html")
