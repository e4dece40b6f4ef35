"""Accounts: register, look one up, what its owner changes, and their takeout."""

import msgspec
from flask import Response

from domain import text
from domain.account import ChangePassword, EditProfile, RegisterAccount
from domain.errors import Forbidden, KeyReused, NotFound, Stale, StaleEdit, WrongPassword
from operational.takeouts import Takeout
from readmodel.engine.queries import AccountByHandle, CommentsBy
from readmodel.engine.views import AccountView
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import request_bodies, response_bodies
from webapp.site import auth, handles, i18n, passwords, site, takeouts, webhook_settings
from webapp.site.database import ask


def register_account(call: Call) -> Reply:
    """Register an account."""
    wanted: request_bodies.Register = call.body
    fields = text.Fields()
    handle = auth.registrable_handle(fields, wanted.handle)
    fields.raise_faults()
    command = RegisterAccount(handle=handle, password_hash=passwords.hashed(wanted.password))
    receipt = handles.claiming(handle, lambda: call.send(command, actor=handle))
    if receipt.repeated:
        _same(handle, wanted.password)
    return Reply(
        response_bodies.Registered(id=handle, handle=handle, version=receipt.version), location(f"/accounts/{handle}")
    )


def show_account(call: Call) -> Reply:
    """An account as others see it."""
    found = _there(call)
    # A suspension runs out without another version, so by the ETag nobody could tell whether it is over.
    kept = {"Cache-Control": "no-store"} if found.suspended_until else {}
    return Reply(found, {"ETag": f'"{found.version}"', **kept})


def list_comments_by(call: Call) -> Reply:
    """What somebody commented, newest first, without what was removed."""
    author = _there(call).handle
    query: request_bodies.Listing = call.query
    found = ask(CommentsBy(author=author, viewer=call.viewer, after=pagination.after(call), limit=query.limit))
    return pagination.page(call, found, response_bodies.tombstone)


def edit_profile(call: Call) -> Reply:
    """Say who you are."""
    wanted: request_bodies.Profile = call.body
    command = EditProfile(handle=call.ids["handle"], name=wanted.name, bio=wanted.bio)
    try:
        return pagination.versioned(call.send(command))
    except Stale as stale:
        now = site.current().bus.aggregates().account_named(command.handle)
        current = {"name": now.name, "bio": now.bio}
        raise StaleEdit(version=stale.version, current=current, yours=msgspec.structs.asdict(wanted)) from stale


def change_handle(call: Call) -> Reply:
    """Change what you are called. The old handle leads to the new one for a year; nobody else may have it so long."""
    fields = text.Fields()
    wanted = auth.registrable_handle(fields, call.body.handle)
    fields.raise_faults()
    command = handles.change(call.ids["handle"], wanted)
    return pagination.versioned(handles.claiming(wanted, lambda: call.send(command)))


def change_password(call: Call) -> Reply:
    """Change your password. Ends every session in a browser, and unless they are kept the webhooks that were made on
    pages; tokens and theirs stay."""
    wanted: request_bodies.PasswordChange = call.body
    account = site.current().bus.aggregates().account_named(call.ids["handle"])
    if account.id != call.caller.account:
        raise Forbidden("You can only change your own account.")
    auth.verify_current_password(account.id, wanted.current_password)
    hash = passwords.hashed(wanted.password)
    receipt = call.send(ChangePassword(handle=account.id, password_hash=hash, keeps_webhooks=wanted.keep_webhooks))
    webhook_settings.pause_ended(account.id)
    auth.end_sessions(account.id)
    return pagination.versioned(receipt)


def request_export(call: Call) -> Reply:
    """Have a takeout made: a ZIP with all that this site has of you. One at a time: it gives the one that is being
    made, or that was made less than a day ago. One that failed goes on."""
    return Reply(_shown(takeouts.request(call.caller.account, i18n.ENGLISH)), location("/me/export"))


def show_export(call: Call) -> Reply:
    """How your takeout is: waiting, running, done or failed. It is deleted at `expires_at`."""
    found = takeouts.find(call.caller.account)
    if found is None:
        raise NotFound(takeouts.NO_TAKEOUT)
    return Reply(_shown(found))


def fetch_export(call: Call) -> Response:
    """Get the ZIP of your takeout, once it is done. Drafts and sessions are in it, so the token must be good for
    writing too."""
    return takeouts.download(takeouts.delivery(call.caller.account, call.caller.handle))


def _shown(found: Takeout) -> response_bodies.Takeout:
    return response_bodies.Takeout(
        id=found.id,
        state=found.state,
        problem=found.problem or None,
        done=found.done,
        total=found.total,
        requested_at=found.requested_at,
        ended_at=found.ended_at,
        expires_at=found.expires_at(takeouts.kept()),
    )


def _there(call: Call) -> AccountView:
    handle = call.ids["handle"]
    found: AccountView | None = ask(AccountByHandle(handle=handle))
    return found or ask(AccountByHandle(handle=handles.today(handle)))


def _same(handle: str, password: str) -> None:
    """A repeat is one only for whoever knows the password: hashes can't be compared."""
    try:
        auth.authenticate(handle, password)
    except WrongPassword as error:
        raise KeyReused("This was sent before with another password.") from error


OPERATIONS = (
    Operation(
        method="POST", path="/accounts", handler=register_account, scope=None,
        body=request_bodies.Register, query=request_bodies.Waiting,
        answer=response_bodies.Registered, status=201, refusals=(409,),
    ),
    Operation(
        method="GET", path="/accounts/{handle}", handler=show_account, scope="read", public=True,
        answer=response_bodies.Account, etag=True,
    ),
    Operation(
        method="GET", path="/accounts/{handle}/comments", handler=list_comments_by, scope="read", public=True,
        query=request_bodies.Listing, answer=response_bodies.Page[response_bodies.Comment],
    ),
    Operation(
        method="PUT", path="/accounts/{handle}/profile", handler=edit_profile, scope="write",
        body=request_bodies.Profile, query=request_bodies.Waiting, answer=response_bodies.Accepted,
        conditional=True, refusals=(409,),
    ),
    Operation(
        method="PUT", path="/accounts/{handle}/handle", handler=change_handle, scope="write",
        body=request_bodies.HandleChange, query=request_bodies.Waiting, answer=response_bodies.Accepted,
        conditional=True, refusals=(409,),
    ),
    Operation(
        method="PUT", path="/accounts/{handle}/password", handler=change_password, scope="write",
        body=request_bodies.PasswordChange, query=request_bodies.Waiting,
        answer=response_bodies.Accepted, conditional=True, refusals=(409,),
    ),
    Operation(
        method="POST", path="/me/export", handler=request_export, scope="write", reads=True,
        answer=response_bodies.Takeout, status=202, queues=True,
    ),
    Operation(
        method="GET", path="/me/export", handler=show_export, scope="read", answer=response_bodies.Takeout,
        refusals=(404,),
    ),
    Operation(
        method="GET", path="/me/export/file", handler=fetch_export, scope="write", reads=True, answer=None,
        file=takeouts.MEDIA_TYPE, refusals=(404,),
    ),
)  # fmt: skip
