"""Error handlers of the pages: an exception becomes a status, a sentence, and the form with what was typed."""

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Flask, Response, current_app, g, make_response, redirect, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import RequestRedirect

from domain import errors
from domain.errors import Sentence

from .server import htmx, rate_limits, urls
from .site import form_recovery, i18n

STATUS: dict[type[Exception], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Removed: 410,
    errors.Forbidden: 403,
    errors.WrongPassword: 422,
    errors.Conflict: 409,
    errors.KeyReused: 409,
    errors.Unavailable: 503,
    errors.Parked: 503,
    errors.Refused: 400,
}
SENTENCES = {
    400: Sentence("This request can't be understood. Nothing was saved."),
    403: Sentence("You may not do that."),
    404: Sentence("There is no such page. It may have been mistyped, or never have been here."),
    405: Sentence("This address can't be asked that way."),
    413: Sentence("That was too large: a request may have a megabyte. Nothing was saved; go back and make it shorter."),
    414: Sentence("This address is too long."),
    500: Sentence("Something broke on our side. It is noted, and trying again is safe."),
    503: Sentence("The site can't do that right now. Nothing was lost; try again in a moment."),
}
TITLES = {
    403: Sentence("Not allowed"),
    404: Sentence("Not found"),
    410: Sentence("Removed"),
    413: Sentence("Too large"),
    429: Sentence("Too many at once"),
    500: Sentence("Something broke"),
    503: Sentence("Not now"),
}
CSRF_FAILED = Sentence(
    "This form was open for too long or came from elsewhere, so nothing was saved. Your text is kept; send it again."
)
CSRF_FAILED_WITHOUT_TEXT = Sentence(
    "This page was open for too long or the button is another site’s, so nothing was done. Try it again from here."
)
DAMAGED_DATA = Sentence(
    "Something that is stored can't be read, so this can't be done now. Nothing was changed; it is noted on our side."
)
DATABASE_AWAY = Sentence("Pages can't be read right now. Nothing was lost; try again in a moment.")


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with the form that comes back. fields: field name → sentence."""

    sentence: str
    status: int
    fields: dict[str, str]
    refusal: Exception

    @property
    def title(self) -> str:
        return i18n.translate(TITLES.get(self.status, Sentence("That didn’t work")))


def init_app(app: Flask) -> None:
    kinds: dict[type[Exception], Callable[[Any], Any]] = {
        errors.Refused: _handle_refusal,
        errors.Damaged: _handle_damage,
        CSRFError: _handle_csrf_error,
        HTTPException: _handle_http_error,
        SQLAlchemyError: _handle_database_error,
    }
    for kind, page in kinds.items():
        app.register_error_handler(kind, page)


def status_of(refusal: Exception) -> int:
    """The status of the nearest known kind of refusal."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def status() -> int:
    """For a page that may hold a form which comes back: the status of what is wrong with it, else 200."""
    problem: Problem | None = g.get("problem")
    return problem.status if problem else 200


def _handle_refusal(refusal: errors.Refused) -> Response:
    return _respond(problem_of(refusal))


def problem_of(refusal: errors.Refused) -> Problem:
    """What a refusal says to whoever looks, in their language."""
    fields = getattr(refusal, "field_messages", {})
    return Problem(i18n.refusal(refusal), status_of(refusal), fields, refusal)


def _handle_csrf_error(error: CSRFError) -> Response:
    """An expired session fails the check too: then the login page comes, and brings the text along."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "needs_login", False) and not current_user.is_authenticated:
        response: Response = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return response
    sentence = CSRF_FAILED if form_recovery.typed_texts() else CSRF_FAILED_WITHOUT_TEXT
    return _respond(Problem(i18n.translate(sentence), 400, {}, error))


def _handle_http_error(error: HTTPException) -> Any:
    if isinstance(error, RequestRedirect) or error.code is None or error.code < 400:
        return error
    if isinstance(error, NotFound) and request.routing_exception is error and (meant := urls.corrected()):
        return redirect(meant, 301)
    own = error.description if error.description != type(error).description else None
    sentence = own if own and error.code in (400, 410, 412, 429) else SENTENCES.get(error.code, own or SENTENCES[400])
    if error.code == 429 and not own:
        again_s = rate_limits.again_s()
        sentence = Sentence("That was too much at once. It is possible again in %(seconds)s seconds.", seconds=again_s)
    response = _respond(Problem(i18n.translate(sentence), error.code, {}, error))
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    if error.code == 429:
        rate_limits.retry_after(response)
    return response


def _handle_database_error(error: SQLAlchemyError) -> Response:
    current_app.logger.exception("the read model can't be asked", exc_info=error)
    return _bare_page(Problem(i18n.translate(DATABASE_AWAY), 503, {}, error))


def _handle_damage(error: errors.Damaged) -> Response:
    current_app.logger.error("event store: what is stored can't be read: %s", error)
    return _bare_page(Problem(i18n.translate(DAMAGED_DATA), 503, {}, error))


def _respond(problem: Problem) -> Response:
    if problem.status in (413, 500):
        return _bare_page(problem)
    try:
        response = _form_with_errors(problem) if request.method == "POST" else _error_page(problem)
    except SQLAlchemyError:
        return _bare_page(problem)
    response.status_code = problem.status
    return response


def _form_with_errors(problem: Problem) -> Response:
    """Renders the page of the form again, with what was typed and what is wrong with it."""
    came_back = "recovered" in g
    form_recovery.restore(form_recovery.submitted_fields())
    page = None if came_back else form_page(request.path)
    if page is None:
        return _error_page(problem)
    g.problem = problem
    try:
        return page()
    except (errors.Refused, HTTPException):
        return _error_page(problem)


def form_page(path: str) -> Callable[[], Response] | None:
    """What renders the page whose form is sent to path; None where there is only a button."""
    adapter = current_app.create_url_adapter(request)
    try:
        rule, arguments = adapter.match(path, method="GET", return_rule=True)  # type: ignore[union-attr]
    except HTTPException:
        return None

    def page() -> Response:
        request.url_rule, request.view_args = rule, dict(arguments)
        return make_response(current_app.view_functions[rule.endpoint](**arguments))

    return page


def _error_page(problem: Problem) -> Response:
    """For htmx a sentence in the status region, unless there is text to give back: that takes the whole window."""
    words = form_recovery.typed_texts()
    if htmx.wants_fragment() and not words:
        return htmx.retarget("#status", htmx.part("errors/_message.html", problem=problem))
    return htmx.show("errors/show.html", problem=problem, words=words)


def _bare_page(problem: Problem) -> Response:
    """A page that needs neither a database nor the form's fields."""
    words = {} if problem.status == 413 else form_recovery.typed_texts()
    # Flask's own render_template would ask the database who is there, whether the template wants to know or not.
    text = current_app.jinja_env.get_template("errors/without_layout.html").render(problem=problem, words=words)
    return htmx.whole(make_response(text, problem.status))
