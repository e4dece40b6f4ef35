"""Authentication: Flask-Login over sessions that the server can end. Authorization is the domain's business."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, Response, session
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from domain import text
from domain.errors import Invalid, Parked, Sentence, Unavailable, WrongPassword
from domain.handle import is_placeholder
from domain.text import handle_key
from readmodel.engine.queries import AccountByHandle
from readmodel.engine.views import AccountView

from . import database, password_attempts, passwords, site

RESERVED = Sentence("This handle is kept for the site itself. Choose another.")
WRONG_CURRENT_PASSWORD = Sentence("This is not your password as it is now.")
View = TypeVar("View", bound=Callable[..., Any])


class Person(UserMixin):  # type: ignore[misc]
    """Somebody logged in, by the id of their account. view is what the pages know of them, None where they don't yet;
    every command checks the account itself."""

    def __init__(self, account: str, token: str, view: AccountView | None) -> None:
        self.account = account
        known = view is not None and not is_placeholder(view.handle)
        self.handle = view.handle if view and known else site.current().bus.aggregates().called(account)
        self.token = token
        self.roles: tuple[str, ...] = view.roles if view else ()
        self.is_suspended = view is not None and view.suspended
        self.suspended_reason = view.suspended_reason if view else None
        self.suspended_until = view.suspended_until if view else None

    def get_id(self) -> str:
        return self.token

    @property
    def is_moderator(self) -> bool:
        return bool(self.roles)

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles


class Stranger:
    """Somebody not logged in."""

    is_authenticated = is_active = is_moderator = is_admin = is_suspended = False
    is_anonymous = True
    account = handle = None
    roles: tuple[str, ...] = ()

    def get_id(self) -> None:
        return None


def init_app(app: Flask, not_logged_in: Callable[[], Response]) -> None:
    manager = LoginManager(app)
    manager.session_protection = None
    manager.anonymous_user = Stranger
    manager.user_loader(_person)
    manager.unauthorized_handler(not_logged_in)
    app.jinja_env.globals["person"] = person


def needs_login(view: View) -> View:
    """Decorates a view that only makes sense for somebody logged in; marks it with an attribute `needs_login`."""
    guarded = login_required(view)
    guarded.needs_login = True
    return cast(View, guarded)


def viewer() -> str | None:
    """The account id of the logged in user, None for a stranger. A stranger without a cookie costs no look-up."""
    return cast("str | None", current_user.account)


def person() -> "Person | Stranger":
    """The current user, without Flask-Login's proxy: for loops that ask hundreds of times."""
    return cast("Person | Stranger", current_user._get_current_object())


def log_in(account: str) -> None:
    """Starts a session of an account, by its id, in a cookie that held nothing before."""
    session.clear()
    token = site.current().sessions.open(account)
    login_user(Person(account, token, _view(account)))


def log_out() -> None:
    if current_user.is_authenticated:
        site.current().sessions.close(current_user.token)
    logout_user()
    session.clear()


def end_sessions(account: str) -> None:
    """Logs somebody out everywhere."""
    site.current().sessions.close_all(account)


def registrable_handle(fields: text.Fields, typed: str) -> str:
    """The handle to register, normalised. A fault, such as a reserved handle, is noted in fields."""
    key = text.handle(fields, typed)
    if key in site.current().settings.reserved_handles:
        fields.refuse("handle", RESERVED)
    return key


def authenticate(typed_handle: str, password: str) -> str:
    """The id of the account whose password this is. Raises WrongPassword, after the same work whether it exists or not.

    Raises TooManyRequests where too many were wrong before.
    """
    account = site.current().bus.aggregates().account_named(typed_handle)
    who = account.id or handle_key(typed_handle)
    password_attempts.require_attempts_left(who)
    if not passwords.matches(account.password_hash, password):
        password_attempts.count_failure(who)
        raise WrongPassword("Handle and password don't belong together.")
    return account.id


def verify_current_password(account: str, password: str, field: str = "current_password") -> None:
    """For what a browser left open shouldn't be enough for. Raises Invalid about this field, or TooManyRequests."""
    try:
        authenticate(account, password)
    except WrongPassword as error:
        raise Invalid({field: WRONG_CURRENT_PASSWORD}) from error


def _person(token: str) -> Person | None:
    account = site.current().sessions.find(token, database.control())
    view = _view(account) if account else None
    return None if account is None or is_gone(account, view) else Person(account, token, view)


def is_gone(account: str, view: AccountView | None) -> bool:
    """Whether its owner leaves or has left. view: what the lists know of it; where they say so the store is asked, too,
    which knows sooner that somebody has come back."""
    if view is None or not is_placeholder(view.handle):
        return False
    try:
        state = site.current().bus.aggregates().account(account)
    except (Unavailable, Parked):
        return True
    return state.closed or state.leaving is not None


def _view(account: str) -> AccountView | None:
    return cast("AccountView | None", database.ask(AccountByHandle(handle=account)))
