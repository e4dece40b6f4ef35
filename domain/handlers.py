"""Command handlers: each loads what the rules need to know and asks the aggregate to decide."""

from collections.abc import Callable, Sequence
from typing import Any

from . import account, comment, handle, leaving, like, post, reasons, token, webhook
from .aggregates import Aggregates
from .errors import NotFound
from .messages import Command, Decision
from .moderation import appeal, erasing, report
from .moderation.handlers import CASE_COMMANDS, on_appeal, on_case, on_erasing, on_report
from .rights import Account

Handler = Callable[[Any, Account, Aggregates], Decision]


def on_account(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    registers = isinstance(command, account.RegisterAccount)
    state = aggregates.account(command.account) if registers else aggregates.account_named(command.handle)
    holder = aggregates.account_named(getattr(command, "new_handle", command.handle))
    id = command.account if registers else state.id
    if isinstance(command, leaving.Leave):
        leaving.require_own(state, _authors(command.exceptions[: leaving.MAX_EXCEPTIONS + 1], aggregates))
    events = account.decide(state, command, by, holder, _reservation(state, command, aggregates))
    return Decision(stream=account.stream(id), version=state.version, key=id, events=events)


def _authors(streams: Sequence[str], aggregates: Aggregates) -> dict[str, str]:
    """The authors of posts and comments, by their streams: "" for what is none."""
    aggregates.prefetch(filter(leaving.is_writing, streams))
    return {stream: aggregates.writing(stream).author if leaving.is_writing(stream) else "" for stream in streams}


def _reservation(state: Account, command: Command, aggregates: Aggregates) -> str:
    """What keeps others from the handle that a command retires or sets free."""
    match command:
        case leaving.RetireHandle():
            name, _ = handle.called(state).get(command.version, ("", ()))
            return next(iter(aggregates.reservations(name)), "")
        case handle.ReleaseHandle():
            return aggregates.reservation(state, command.handle)
    return ""


def on_post(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    state = aggregates.post(command.post)
    events = post.decide(state, command, by)
    return Decision(
        stream=post.stream(command.post),
        version=state.version,
        key=command.post,
        events=events,
        text_version=state.text_version if isinstance(command, post.EditPost) else None,
    )


def on_comment(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    state = aggregates.comment(command.comment)
    parent = None
    if isinstance(command, comment.AddComment):
        thread = aggregates.post(command.post)
        parent = aggregates.comment(command.parent) if command.parent is not None else None
    else:
        thread = aggregates.post(state.post) if state.exists else post.Post()
    events = comment.decide(state, command, by, thread, parent)
    key = state.post or getattr(command, "post", "")
    return Decision(
        stream=comment.stream(command.comment),
        version=state.version,
        key=key,
        events=events,
        text_version=state.text_version if isinstance(command, comment.EditComment) else None,
    )


def on_like(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    kind, _, id = command.target.partition("-")
    thing: post.Post | comment.Comment
    if kind == "post":
        thing = thread = aggregates.post(id)
    elif kind == "comment":
        thing = aggregates.comment(id)
        thread = aggregates.post(thing.post) if thing.exists else post.Post()
    else:
        raise NotFound("There is nothing to like there.")
    state = aggregates.like(command.target, by.id)
    events = like.decide(state, command, by, thing, thread)
    stream = like.stream(command.target, by.id)
    return Decision(stream=stream, version=state.version, key=like.thread_of(command.target, thing), events=events)


def on_reasons(command: reasons.EraseReasons, by: Account, aggregates: Aggregates) -> Decision:
    thing: post.Post | comment.Comment | Account
    match command:
        case reasons.ErasePostReasons():
            thing, key, stream = aggregates.post(command.post), command.post, post.stream(command.post)
        case reasons.EraseCommentReasons():
            thing = found = aggregates.comment(command.comment)
            key, stream = found.post, comment.stream(command.comment)
        case reasons.EraseAccountReasons():
            thing, key, stream = aggregates.account(command.account), command.account, account.stream(command.account)
    return Decision(stream=stream, version=thing.version, key=key, events=reasons.decide(thing, command, by))


def on_token(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    state = aggregates.token(command.token)
    events = token.decide(state, command, by)
    key = state.account or by.id
    return Decision(stream=token.stream(command.token), version=state.version, key=key, events=events)


def on_webhook(command: Any, by: Account, aggregates: Aggregates) -> Decision:
    owner = aggregates.account_named(command.handle)
    state = aggregates.webhooks(owner.id)
    events = webhook.decide(state, command, by, owner)
    return Decision(stream=webhook.stream(owner.id), version=state.version, key=owner.id, events=events)


def all_handlers() -> dict[type[Command], Handler]:
    """Every command of the site and its one handler."""
    table: dict[type[Command], Handler] = {}
    for handler, commands in (
        (on_account, account.COMMANDS),
        (on_post, post.COMMANDS),
        (on_comment, comment.COMMANDS),
        (on_like, like.COMMANDS),
        (on_token, token.COMMANDS),
        (on_webhook, webhook.COMMANDS),
        (on_reasons, reasons.COMMANDS),
        (on_report, report.COMMANDS),
        (on_case, CASE_COMMANDS),
        (on_appeal, appeal.COMMANDS),
        (on_erasing, erasing.COMMANDS),
    ):
        for command in commands:
            register(table, command, handler)
    return table


def register(table: dict[type[Command], Handler], command: type[Command], handler: Handler) -> None:
    """Enters one handler; a second one for the same command is a mistake found at start."""
    if command in table:
        raise ValueError(f"{command.__name__} has two handlers: {table[command].__name__} and {handler.__name__}")
    table[command] = handler
