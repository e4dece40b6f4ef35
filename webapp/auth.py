"""Who is looking: Flask-Login over sessions that the server can end. Rights are the domain's business."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, Response, session
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from domain.errors import Invalid, WrongPassword
from domain.text import PASSWORD_MAX, PASSWORD_MIN, handle_key
from readmodel.queries import AccountByHandle

from . import database, site

AT_ONCE = 2
"""argon2 takes 64 MiB and some 80 ms a hash."""
_UNKNOWN = "Handle and password don't belong together."
_hashing = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHasher()
View = TypeVar("View", bound=Callable[..., Any])


class Person(UserMixin):  # type: ignore[misc]
    """Somebody logged in. roles are what the pages know; every command checks the account itself."""

    def __init__(self, handle: str, token: str, roles: tuple[str, ...]) -> None:
        self.handle = handle
        self.token = token
        self.roles = roles

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

    is_authenticated = is_active = is_moderator = is_admin = False
    is_anonymous = True
    handle = None
    roles: tuple[str, ...] = ()

    def get_id(self) -> None:
        return None


def start(app: Flask, not_logged_in: Callable[[], Response]) -> None:
    manager = LoginManager(app)
    manager.session_protection = None
    manager.anonymous_user = Stranger
    manager.user_loader(_person)
    manager.unauthorized_handler(not_logged_in)


def needs_login(view: View) -> View:
    """For routes that only make sense for somebody. `needs_login` on the view tells others."""
    guarded = login_required(view)
    guarded.needs_login = True
    return cast(View, guarded)


def viewer() -> str | None:
    """The handle of who looks. A stranger without a cookie costs no look-up."""
    return cast("str | None", current_user.handle)


def log_in(handle: str) -> None:
    """Starts a session, in a cookie that held nothing before."""
    session.clear()
    token = site.current().sessions.open(handle)
    login_user(Person(handle, token, _roles(handle)))


def log_out() -> None:
    if current_user.is_authenticated:
        site.current().sessions.close(current_user.token)
    logout_user()
    session.clear()


def end_sessions(handle: str) -> None:
    """Logs somebody out everywhere."""
    site.current().sessions.close_all(handle)


def hashed(password: str) -> str:
    """An argon2 hash. Raises Invalid for a password that is too short or too long."""
    if len(password) < PASSWORD_MIN:
        raise Invalid({"password": f"Password must have at least {PASSWORD_MIN} characters."})
    if len(password) > PASSWORD_MAX:
        raise Invalid({"password": f"Password is {len(password):,} characters long; {PASSWORD_MAX:,} is the most."})
    with _hashing:
        return _hasher.hash(_bytes(password))


def verified(typed_handle: str, password: str) -> str:
    """The handle whose password this is. Raises WrongPassword, after the same work whether it exists or not."""
    account = site.current().bus.aggregates().account(handle_key(typed_handle))
    known = account.exists and account.password_hash != ""
    right = _matches(account.password_hash if known else _nobodys_hash(), password)
    if not known or not right:
        raise WrongPassword(_UNKNOWN)
    return account.handle


def _matches(password_hash: str, password: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    try:
        with _hashing:
            return _hasher.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _nobodys_hash() -> str:
    """What the password of somebody unknown is compared with, so that time doesn't tell."""
    global _nobody
    if not _nobody:
        _nobody = _hasher.hash(b"nobody")
    return _nobody


_nobody = ""


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


def _person(token: str) -> Person | None:
    handle = site.current().sessions.find(token)
    return Person(handle, token, _roles(handle)) if handle else None


def _roles(handle: str) -> tuple[str, ...]:
    account = database.ask(AccountByHandle(handle=handle))
    return account.roles if account else ()
