"""Wrote site.jsonl and folded.json, with the code of before: `python write_site.py FOLDER` in a checkout of 2364757.

Everything there is happens in it once: each type of event, also in shapes that were old then, texts erased by both
schemas, imported authors, repeated commands, somebody who never registered, and handles that nobody may have today.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from domain import account, comment, ids, like, post, token, webhook
from domain.bus import CommandBus
from domain.commit import Commit, StoredEvent
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec, canonical_json, digest
from eventstore.sqlite.store import SqliteEventStore
from transfer import Options, export_file, import_file

UUID_LIKE = "0192f0c1-7a3b-7c00-8000-0123456789ab"


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteEventStore(folder / "events.db")
        self.codec = EventCodec()
        self.bus = CommandBus(self.store, self.codec, all_handlers())
        self.minute = 0
        self.thread = ""

    def send(self, actor: str, command: Command, key: str = "") -> Receipt:
        self.minute += 1
        at = f"2026-11-{1 + self.minute // 60:02}T10:{self.minute % 60:02}:00.{self.minute:06}Z"
        return self.bus.send(command, Envelope(actor=actor, at=at, command_id=key or None, correlation_id="request"))

    def old(self, actor: str, stream: str, first: int, type: str, schema: int, key: str = "", **data: Any) -> None:
        """Stores an event in a shape that nothing writes any more."""
        self.minute += 1
        raw, salt = canonical_json(data), os.urandom(16).hex()
        event = StoredEvent(data=msgspec.Raw(raw), digest=digest(salt, raw), salt=salt, schema=schema, type=type)
        at = f"2026-11-{1 + self.minute // 60:02}T10:{self.minute % 60:02}:00.{self.minute:06}Z"
        commit = Commit(
            actor=actor, at=at, events=(event,), first=first, id=ids.uuid7(), key=key or actor, stream=stream
        )  # fmt: skip
        self.store.append(commit, erase=data.get("erased", ()))

    def version(self, stream: str) -> int:
        return self.store.load(stream)[-1].last


def write(site: Site) -> None:
    people(site)
    posts(site)
    comments(site)
    tokens_and_webhooks(site)
    imports(site)
    strange(site)


def people(site: Site) -> None:
    for handle in ("ada", "mod", "boss", "bob"):
        register = account.RegisterAccount(handle=handle, name=handle.title(), password_hash=f"$argon2$ of {handle}")
        site.send(handle, register, f"register {handle}")
    site.send("verbatim", account.GrantRole(handle="boss", role="admin"), "promote")
    site.send("boss", account.GrantRole(handle="mod", role="moderator"))
    site.send("boss", account.GrantRole(handle="bob", role="moderator"))
    site.send("boss", account.RevokeRole(handle="bob", role="moderator"))
    site.send("ada", account.EditProfile(handle="ada", name="Ada L.", bio="Größe 🦉"), "profile")
    site.send("ada", account.ChangePassword(handle="ada", password_hash="$argon2$ of ada, again"))
    site.send("mod", account.SuspendAccount(handle="bob", reason="Spam: see @ada"))
    site.send("mod", account.ReinstateAccount(handle="bob", reason="He said sorry"))
    site.send("bob", account.EditProfile(handle="bob", name="Bobby Tables", bio="all about me"))
    site.send("boss", account.EraseProfile(handle="bob", reason="Asked for it"))
    site.send("bob", account.EditProfile(handle="bob", name="B.", bio=""))
    site.old(
        "ada", "account-ada", site.version("account-ada") + 1, "PasswordSet", 1, handle="ada", password_hash="$old$"
    )


def posts(site: Site) -> None:
    kept, erased, early = (ids.uuid7() for _ in range(3))
    publish = post.NewPost(post=kept, title="Größe #tag", body='Hello @bob "quoted" \\ née\n', url="https://a.example/")
    site.send("ada", publish, "new-post")
    site.send("ada", publish, "new-post")
    site.send("ada", post.EditPost(post=kept, version=1, title="Größer", body="Hello @bob", url=""), "edit")
    site.send("mod", post.EditPost(post=kept, version=2, title="Größer", body="Hello", reason="No names"))
    site.send("bob", like.Like(target=f"post-{kept}"), "like")
    site.send("bob", like.Unlike(target=f"post-{kept}"))
    site.send("bob", like.Like(target=f"post-{kept}"))
    site.send("mod", like.Like(target=f"post-{kept}"))
    for act, words in (
        (post.LockPost, "Heated"), (post.UnlockPost, ""), (post.PinPost, "Read this"), (post.UnpinPost, "Was read"),
        (post.RemovePost, "Off topic"), (post.RestorePost, "On topic after all"),
    ):  # fmt: skip
        site.send("boss", act(post=kept, reason=words))
    site.send("bob", post.NewPost(post=erased, title="A secret", body="nobody may know"), "secret")
    site.send("bob", post.EditPost(post=erased, version=1, title="A secret", body="nobody at all", reason="typo"))
    site.send("bob", post.RemovePost(post=erased, reason="regret"))
    site.send("boss", post.ErasePost(post=erased, reason="By law"), "erase")
    site.send("bob", post.NewPost(post=early, title="Erased early", body="before skeletons"))
    site.old("boss", f"post-{early}", 2, "PostErased", 1, key=early, post=early, erased=[1])
    site.thread = kept


def comments(site: Site) -> None:
    thread = site.thread
    first, reply, gone = (ids.uuid7() for _ in range(3))
    site.send("bob", comment.AddComment(comment=first, post=thread, body="First!"), "c1")
    site.send("ada", comment.AddComment(comment=reply, post=thread, parent=first, body="Reply"))
    site.send("ada", comment.EditComment(comment=reply, version=1, body="Reply, edited"))
    site.send("bob", like.Like(target=f"comment-{reply}"))
    site.send("mod", comment.RemoveComment(comment=first, reason="Noise"))
    site.send("mod", comment.RestoreComment(comment=first))
    site.send("bob", comment.AddComment(comment=gone, post=thread, body="My address is …"))
    site.send("boss", comment.EraseComment(comment=gone, reason="Private"))


def tokens_and_webhooks(site: Site) -> None:
    first, second = ids.uuid7(), ids.uuid7()
    for id, label in ((first, "phone"), (second, "script")):
        issue = token.IssueToken(
            token=id, handle="ada", digest="a" * 64, scopes=("read", "write"), expires_at="2027-01-01T00:00:00.000000Z",
            label=label,
        )  # fmt: skip
        site.send("ada", issue, f"token {label}")
    site.send("ada", token.RevokeToken(token=second))
    hooks = [ids.uuid7() for _ in range(5)]
    for number, id in enumerate(hooks[:3]):
        made_by = first if number == 1 else ""
        add = webhook.AddWebhook(
            handle="ada", webhook=id, url=f"https://hooks.example/{number}", description=f"Number {number}",
            kinds=("PostPublished",), made_by=made_by,
        )  # fmt: skip
        site.send("ada", add, f"hook {number}")
    site.old(
        "ada", "webhooks-ada", 4, "WebhookAdded", 1, handle="ada", webhook=hooks[3], url="https://hooks.example/old",
        kinds=[], description="Old",
    )  # fmt: skip
    site.old(
        "ada", "webhooks-ada", 5, "WebhookAdded", 2, handle="ada", webhook=hooks[4], url="https://hooks.example/older",
        kinds=[], description="", made_by=first,
    )  # fmt: skip
    site.old(
        "ada", "webhooks-ada", 6, "WebhookChanged", 1, handle="ada", webhook=hooks[3], url="https://hooks.example/new",
        kinds=["Liked"], description="Changed",
    )  # fmt: skip
    site.send("ada", account.ChangePassword(handle="ada", password_hash="$argon2$ of ada, at last"))
    change = webhook.ChangeWebhook(handle="ada", webhook=hooks[0], url="https://hooks.example/changed", kinds=())
    site.send("ada", change)
    site.send("ada", webhook.PauseWebhook(handle="ada", webhook=hooks[0], reason="Holidays"))
    site.send("ada", webhook.ResumeWebhook(handle="ada", webhook=hooks[0]))
    until = "2026-12-24T00:00:00.000000Z"
    site.send("ada", webhook.RotateWebhookSecret(handle="ada", webhook=hooks[0], old_until=until))
    site.send("ada", webhook.RemoveWebhook(handle="ada", webhook=hooks[2]))


def imports(site: Site) -> None:
    rows = site.folder / "posts.csv"
    rows.write_text(
        "id,author,created_at,title,body,url\n"
        "r1,Python,2012-05-16T14:28:28Z,From elsewhere,Words,https://b.example/\n"
        "r2,Rust,2013-05-16T14:28:28Z,Also,Words,\n"
    )
    below = site.folder / "comments.csv"
    below.write_text("id,author,created_at,post,body\nc1,Python,2014-05-16T14:28:28Z,r2,A comment\n")
    for path in (rows, below, rows):
        import_file(path, store=site.store, bus=site.bus, folder=site.folder, options=Options())


def strange(site: Site) -> None:
    """Handles that nobody may have today, and somebody whom only a commit names."""
    for handle in ("gone-7f3a", UUID_LIKE):
        site.send(handle, account.RegisterAccount(handle=handle, password_hash="$argon2$"))
        site.send(handle, post.NewPost(post=ids.uuid7(), title=f"By {handle[:4]}", body="Words"))
    stray = ids.uuid7()
    site.old(
        "nobody", f"post-{stray}", 1, "PostPublished", 1, key=stray, post=stray, author="nobody", title="Who am I?",
        body="", url="", source="",
    )  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from folded import folded

    site = Site(Path(sys.argv[1]))
    write(site)
    export_file(site.store, Path(__file__).with_name("site.jsonl"))
    told = folded(site.store, site.bus.aggregates(), site.codec)
    Path(__file__).with_name("folded.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
