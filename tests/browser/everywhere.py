"""Every page there is, with content of every kind: where it is, who looks, and what they do there first."""

from threading import Event

from sqlalchemy import update

from domain import comment, post
from domain.ids import uuid7
from domain.leaving import Leave
from domain.site.rules import PublishRules, Rule
from operational import departures, takeouts
from operational.tables import takeouts as takeout_table
from retention import DEFAULT
from takeout.maker import TakeoutMaker
from tests.browser.conftest import PASSWORD
from tests.browser.desk.looks import LOOKS as DESK_LOOKS
from tests.browser.desk.moderated_site import fill_desk
from tests.browser.look import Look
from tests.browser.page_acts import (
    MIXED,
    WORD,
    collapses,
    edits_in_place,
    edits_over_another,
    empty_form,
    mentions,
    menu,
    nothing_to_publish,
    opens_all,
    presses,
    previews,
    previews_as_a_page,
    removes_and_is_offered_undo,
    replies,
    saves_over,
    sheet,
    token,
)
from tests.browser.served_pages import LONG, Served
from tests.webapp.conftest import World


def fill(served: Served) -> dict[str, str]:
    """More than Served has: what is mixed, nested, locked, taken back, erased; hooks, drafts, somebody with nothing."""
    world, ids = served.world, dict(served.ids)
    world.visitor().send("/register", handle="pat", password=PASSWORD)
    served.log_in("pat")
    served.log_in("eve")
    mixed = ids["mixed"] = world.post("grace", f"עברית and English {WORD * 3}", MIXED)
    ids["rtl"] = world.comment("grace", mixed, MIXED)
    gone = ids["gone-note"] = world.comment("grace", mixed, "Said and taken back.")
    world.comment("ada", mixed, "An answer below nothing.", gone)
    world.given(comment.RemoveComment(comment=gone), "grace")
    ids["note-pat"] = world.comment("pat", mixed, "Mine alone. @ada")
    locked = ids["locked"] = world.post("grace", "A locked thread", "Nobody may answer. @ada")
    world.comment("ada", locked, "Before it was locked.")
    world.given(post.LockPost(post=locked, reason="It got out of hand"), "mod")
    ids["own-gone"] = world.post("grace", "Removed by its author", "Not any more.")
    world.given(post.RemovePost(post=ids["own-gone"]), "grace")
    for rules in ((Rule(title="Be kind", text=MIXED),), (Rule(title=WORD, text=MIXED), Rule(title="Be brief"))):
        world.given(PublishRules(rules=rules), "root")
    link = ids["link"] = world.given(
        post.NewPost(post="00000000-0000-7000-8000-000000000001", title="A link", body="", url="https://example.org/x"),
        "ada",
    ).subject
    erased = ids["erased"] = world.post("ada", "To be erased", "My telephone number.")
    world.given(post.EditPost(post=erased, version=1, title="Erased in part", body="No number."), "ada")
    root = world.logged_in("root")
    root.send(f"/posts/{erased}/history", f"/posts/{erased}/history/erase", reason="A court said so")
    pat, ada = world.logged_in("pat"), world.logged_in("ada")
    ids["pat-post"] = world.post("pat", "By pat", "One line.\n\nAnother line.\n\nA third one.")
    hook = pat.send("/settings/webhooks", url="https://example.org/hook", current_password=PASSWORD).text
    ids["hook"] = hook.partition('href="/settings/webhooks/')[2][:36]
    for handle in ("grace", "mod"):
        takeouts.request(world.generations.control, world.id(handle), "en", DEFAULT.takeouts)
        TakeoutMaker(world.generations, world.store, "https://site.example").look(Event())
    with world.generations.control.begin() as connection:
        of_mod = update(takeout_table).where(takeout_table.c.account == world.id("mod"))
        connection.execute(of_mod.values(state="failed"))
    takeouts.request(world.generations.control, world.id("pat"), "en", DEFAULT.takeouts)
    leave(world, ids)
    ids |= fill_desk(world)
    for handle in ("may", "tom"):
        served.log_in(handle)
    ids["begun"] = uuid7()
    new = f"/posts/new/{ids['begun']}"
    for place, words in ((new, "A draft. " * 40), (f"/posts/{link}/comments", "An answer begun.")):
        ada.post("/drafts/save", ada.fields("/posts/new") | {"place": place, "title": "Begun", "body": words})
    return ids


def leave(world: World, ids: dict[str, str]) -> None:
    """lee leaves, and of somebody who left before all is erased."""
    world.person("lee")
    until, control = "2099-01-01T00:00:00.000000Z", world.generations.control
    world.given(Leave(handle="lee", words="keep", until=until), "lee")
    ids["receipt"] = departures.open_for(control, world.id("lee"), until).id
    done, at = departures.open_for(control, "left", until), "2026-01-01T00:05:00.000000Z"
    ids["receipt-done"] = done.id
    with control.begin() as connection:
        departures.save(connection, done, {uuid7(): "posts", uuid7(): "account"}, state="done", ended_at=at)


LOOKS: dict[str, Look] = {
    "feed to a stranger": Look("/"),
    "feed to a member": Look("/", "ada"),
    "feed to a moderator": Look("/", "mod"),
    "feed to an admin": Look("/", "root"),
    "feed with the menu open": Look("/", "root", menu),
    "feed, top": Look("/?sort=top", "ada"),
    "feed, discussed": Look("/?sort=discussed&tag=design&author=ada"),
    "feed, filtered": Look("/?author=ada&tag=design&sort=top", "ada"),
    "feed, empty": Look("/?tag=nobody", "ada"),
    "feed to somebody suspended": Look("/", "eve"),
    "thread to somebody suspended": Look("/posts/{long}", "eve"),
    "new post to somebody suspended": Look("/posts/new", "eve"),
    "feed with a toast": Look("/", "pat", presses("Like")),
    "keyboard sheet": Look("/", "ada", sheet),
    "keyboard page": Look("/keyboard"),
    "thread to a stranger": Look("/posts/{long}"),
    "thread to its author": Look("/posts/{long}", "ada"),
    "thread to a moderator": Look("/posts/{long}", "mod", opens_all),
    "thread to an admin": Look("/posts/{mixed}", "root", opens_all),
    "thread of mixed scripts": Look("/posts/{mixed}", "grace"),
    "thread collapsed": Look("/posts/{long}", "grace", collapses),
    "thread with a reply open": Look("/posts/{long}", "grace", replies),
    "thread with an edit open": Look("/posts/{mixed}", "pat", edits_in_place),
    "thread with an empty comment": Look("/posts/{long}", "ada", empty_form("/posts/{long}/comments")),
    "thread at a comment": Look("/posts/{mixed}#comment-{rtl}", "ada"),
    "comment's own address": Look("/comments/{rtl}"),
    "locked thread to a stranger": Look("/posts/{locked}"),
    "locked thread to a member": Look("/posts/{locked}", "ada"),
    "locked thread to a moderator": Look("/posts/{locked}", "mod"),
    "link to elsewhere, with a draft": Look("/posts/{link}", "ada"),
    "post without comments": Look("/posts/{erased}"),
    "removed post to a stranger": Look("/posts/{gone}", None, None, 410),
    "removed post to a moderator": Look("/posts/{gone}", "mod"),
    "own removed post": Look("/posts/{own-gone}", "grace"),
    "as of a version": Look("/posts/{long}?version=1"),
    "as of a version, removed": Look("/posts/{gone}?version=2", "mod"),
    "as of a version, erased": Look("/posts/{erased}?version=1"),
    "as of no time": Look("/posts/{long}?at=yesterday", None, None, 400),
    "history of a post": Look("/posts/{long}/history", "ada"),
    "history beside each other": Look("/posts/{long}/history?view=split", "root"),
    "history of mixed scripts": Look("/posts/{mixed}/history"),
    "history with erased words": Look("/posts/{erased}/history", "root", opens_all),
    "history of a comment": Look("/comments/{note}/history", "root", opens_all),
    "history of a removed comment": Look("/comments/{gone-note}/history", "grace"),
    "erase a post": Look("/posts/{long}/history/erase", "root"),
    "erase a comment": Look("/comments/{note}/history/erase", "root"),
    "erase a post, no reason": Look("/posts/{long}/history/erase", "root", empty_form("/posts/{long}/history/erase")),
    "new post": Look("/posts/new", "pat"),
    "new post beside one begun": Look("/posts/new", "ada"),
    "new post with a draft": Look("/posts/new/{begun}", "ada"),
    "new post with mentions": Look("/posts/new", "grace", mentions),
    "new post with a preview": Look("/posts/new", "grace", previews),
    "preview": Look("/posts/new", "grace", previews_as_a_page),
    "new post refused": Look("/posts/new", "grace", nothing_to_publish),
    "edit a post": Look("/posts/{long}/edit", "ada"),
    "edit another's post": Look("/posts/{long}/edit", "mod"),
    "edit merged with another": Look("/posts/{long}/edit", "ada", saves_over(f"{LONG}\n\nAnd one more thing.")),
    "edit against another": Look("/posts/{long}/edit", "ada", saves_over("Nothing forgets.")),
    "edit of a comment against another": Look("/posts/{long}", "grace", edits_over_another),
    "remove a post": Look("/posts/{long}/remove", "ada"),
    "remove another's post": Look("/posts/{long}/remove", "mod"),
    "comment": Look("/posts/{long}/comments", "ada"),
    "reply": Look("/comments/{note}/reply", "ada"),
    "reply with a quotation": Look("/comments/{note}/reply?quote={note}", "ada"),
    "edit a comment": Look("/comments/{rtl}/edit", "grace"),
    "edit another's comment": Look("/comments/{rtl}/edit", "mod"),
    "remove a comment": Look("/comments/{rtl}/remove", "mod"),
    "pin a post": Look("/posts/{long}/pin", "mod"),
    "restore a post": Look("/posts/{gone}/restore", "mod"),
    "restore a comment": Look("/comments/{gone-note}/restore", "mod"),
    "author to a stranger": Look("/@ada"),
    "author, comments": Look("/@grace?show=comments", "mod"),
    "author, own, nothing yet": Look("/@root", "root"),
    "author, nothing yet": Look("/@mod"),
    "author to an admin": Look("/@grace", "root", opens_all),
    "suspended author": Look("/@eve", "root", opens_all),
    "suspend": Look("/@grace/suspend", "mod"),
    "suspend, no reason": Look("/@grace/suspend", "mod", empty_form("/@grace/suspend")),
    "reinstate": Look("/@eve/reinstate", "mod"),
    "search": Look("/search"),
    "search found posts": Look("/search?q=every+version", "ada"),
    "search found comments": Look("/search?q=diary&kind=comments"),
    "search for no word": Look("/search?q=%22"),
    "search found nothing": Look("/search?q=xylophone"),
    "people": Look("/people?q=a"),
    "people by name": Look("/people?q=lovelace"),
    "security": Look("/security"),
    "privacy": Look("/privacy"),
    "rules": Look("/rules", "root"),
    "rules as they were": Look("/rules?version=1"),
    "history of the rules": Look("/rules/history"),
    "edit the rules": Look("/rules/edit", "root"),
    "people, nobody": Look("/people?q=zz", "ada"),
    "notifications": Look("/notifications", "ada"),
    "notifications of one's own things": Look("/notifications", "grace"),
    "notifications, none": Look("/notifications", "root"),
    "log": Look("/log"),
    "log, filtered": Look("/log?kind=PostRemoved&moderator=mod&from=2020-01-01", "ada"),
    "transparency": Look("/transparency"),
    "moderation log": Look("/moderation?show=log", "mod"),
    **DESK_LOOKS,
    "moderation, posts": Look("/moderation?show=posts", "mod"),
    "moderation, comments": Look("/moderation?show=comments", "mod"),
    "moderation, site": Look("/moderation?show=site", "root"),
    "drafts": Look("/drafts", "ada"),
    "drafts, none": Look("/drafts", "root"),
    "register": Look("/register"),
    "register refused": Look("/register", None, empty_form("/register")),
    "log in": Look("/login"),
    "log in refused": Look("/login", None, empty_form("/login")),
    "settings": Look("/settings", "ada"),
    "handle": Look("/settings/handle", "pat"),
    "handle refused": Look("/settings/handle", "pat", empty_form("/settings/handle")),
    "password": Look("/settings/password", "pat"),
    "password refused": Look("/settings/password", "pat", empty_form("/settings/password")),
    "tokens": Look("/settings/tokens", "ada"),
    "token made": Look("/settings/tokens", "pat", token),
    "tokens refused": Look("/settings/tokens", "pat", empty_form("/settings/tokens")),
    "webhooks, none": Look("/settings/webhooks", "ada"),
    "webhooks": Look("/settings/webhooks", "pat"),
    "webhooks refused": Look("/settings/webhooks", "pat", empty_form("/settings/webhooks")),
    "webhook": Look("/settings/webhooks/{hook}", "pat", opens_all),
    "webhook, a new secret": Look("/settings/webhooks/{hook}/rotate", "pat", opens_all),
    "takeout, none": Look("/settings/export", "ada"),
    "takeout being made": Look("/settings/export", "pat"),
    "takeout ready": Look("/settings/export", "grace"),
    "takeout that failed": Look("/settings/export", "mod"),
    "leaving": Look("/settings/leave", "ada"),
    "leaving refused": Look("/settings/leave", "grace", empty_form("/settings/leave")),
    "leaving one by one": Look("/settings/leave/choose?words=keep", "grace"),
    "leaving one by one, nothing written": Look("/settings/leave/choose?words=erase", "mod"),
    "closing an account": Look("/@ada/leave", "root"),
    "closing an account refused": Look("/@ada/leave", "root", empty_form("/@ada/leave")),
    "who is leaving": Look("/moderation/leaving", "root"),
    "who is leaving, refused": Look("/moderation/leaving", "root", empty_form("/moderation/leaving")),
    "receipt": Look("/receipts/{receipt}"),
    "receipt, done": Look("/receipts/{receipt-done}", "ada"),
    "API": Look("/api/v1/docs", alike="main section:not(:nth-of-type(6n))"),
    "400": Look("/?after=nonsense", "ada", None, 400),
    "403": Look("/moderation", "ada", None, 403),
    "404": Look("/nowhere", None, None, 404),
    "404 of a post": Look("/posts/00000000-0000-7000-8000-00000000000f", "ada", None, 404),
    "405": Look("/logout", "ada", None, 405),
    "thread with the offer to undo": Look("/posts/{mixed}", "pat", removes_and_is_offered_undo),
}
"""By what is looked at. The last one changes what the others see."""
