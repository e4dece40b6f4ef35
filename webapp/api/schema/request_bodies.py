"""Request types: the body of each command, the parameters of each query. Unknown names are refused."""

from typing import Literal

import msgspec

from . import fields
from .fields import EXPIRES_S


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body, or the parameters of an address."""


class Register(Request, frozen=True, kw_only=True):
    handle: fields.Handle
    password: fields.NewPassword


class MakeToken(Request, frozen=True, kw_only=True):
    """Without scopes, or with an empty list, the token has all of them; without expires_in it lasts 90 days."""

    handle: fields.Handle
    password: fields.Password
    scopes: fields.Scopes = msgspec.field(default_factory=lambda: ["read", "write", "moderate"])
    expires_in: fields.Seconds = EXPIRES_S
    label: fields.Label = ""


class HandleChange(Request, frozen=True, kw_only=True):
    handle: fields.Handle


class Profile(Request, frozen=True, kw_only=True):
    name: fields.Name
    bio: fields.Bio


class PasswordChange(Request, frozen=True, kw_only=True):
    current_password: fields.Password
    password: fields.NewPassword
    keep_webhooks: bool = False


class PostText(Request, frozen=True, kw_only=True):
    """body or url must hold something."""

    title: fields.Title
    body: fields.Body = ""
    url: fields.Url = ""


class PostEdit(Request, frozen=True, kw_only=True):
    """url left out: the link stays as it is."""

    title: fields.Title
    body: fields.Body
    url: fields.Url | None = None
    reason: fields.Reason = ""


class NewComment(Request, frozen=True, kw_only=True):
    """parent left out: a reply to the post itself."""

    body: fields.Words
    parent: fields.Id | None = None


class CommentEdit(Request, frozen=True, kw_only=True):
    body: fields.Words
    reason: fields.Reason = ""


class Why(Request, frozen=True, kw_only=True):
    """The body may be left out where no reason is owed."""

    reason: fields.Reason = ""


class OwedWhy(Request, frozen=True, kw_only=True):
    reason: fields.OwedReason


class Suspension(Request, frozen=True, kw_only=True):
    """until left out: the suspension lasts until the account is reinstated."""

    reason: fields.OwedReason
    until: fields.Until | None = None


class Waiting(Request, frozen=True, kw_only=True):
    wait: fields.Wait | None = None


class Nothing(Request, frozen=True, kw_only=True):
    """A query without parameters."""


class Posts(Request, frozen=True, kw_only=True):
    author: fields.Typed | None = None
    tag: fields.Typed | None = None
    q: fields.Searched | None = None
    has: Literal["comments", "likes"] | None = None
    min_likes: fields.Least = 0
    sort: fields.Sort | None = None
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class History(Request, frozen=True, kw_only=True):
    after: fields.Cursor | None = None
    limit: fields.Limit = 100


class Comments(Request, frozen=True, kw_only=True):
    """order thread: each branch after its top comment, and limit counts top comments."""

    order: Literal["oldest", "thread"] = "oldest"
    after: fields.Cursor | None = None
    limit: fields.Limit = 50


class Words(Request, frozen=True, kw_only=True):
    q: fields.Searched
    author: fields.Typed | None = None
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class Following(Request, frozen=True, kw_only=True):
    after: fields.Position = 0
    limit: fields.Limit = 100
    wait: fields.Patience = 0


class Streaming(Request, frozen=True, kw_only=True):
    after: fields.Position = 0
    ticket: fields.Ticket | None = None


class Listing(Request, frozen=True, kw_only=True):
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class Tags(Request, frozen=True, kw_only=True):
    limit: fields.Limit = 20
