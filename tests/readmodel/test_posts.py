"""Posts as rows: what each event changes, and what one post shows."""

from domain import account, like, post
from domain.moderation import suspension
from readmodel.engine.queries import AccountByHandle, FindPosts, PopularTags, PostById
from tests.readmodel.site import Site


def test_a_new_post_shows_its_words_tags_author_and_time(site: Site) -> None:
    id = site.publish("On #Rust", "and #python, #rust again")

    shown = site.ask(PostById(post=id))

    assert (shown.title, shown.body, shown.author) == ("On #Rust", "and #python, #rust again", "ann")
    assert shown.tags == ("rust", "python")
    assert (shown.version, shown.text_version, shown.edited_at, shown.removed) == (1, 1, None, False)
    assert shown.created_at == site.facts[-1].at


def test_an_edit_by_a_moderator_says_who_when_and_why(site: Site) -> None:
    id, _ = site.publish(body="was #here"), site.publish(body="is #there")

    site.send(post.EditPost(post=id, version=1, title="Calmer", body="now #there", reason="Tone"), "mod")

    shown = site.ask(PostById(post=id))
    assert (shown.title, shown.tags, shown.version, shown.text_version) == ("Calmer", ("there",), 2, 2)
    assert (shown.edited_by, shown.edit_reason, shown.edited_at) == ("mod", "Tone", site.facts[-1].at)
    assert site.ask(PopularTags()) == [("there", 2)]


def test_a_removed_post_says_by_whom_and_why_until_it_is_restored(site: Site) -> None:
    id = site.publish(body="about #cats")

    site.send(post.RemovePost(post=id, reason="Off topic"), "mod")

    removed = site.ask(PostById(post=id))
    assert (removed.removed, removed.removed_by, removed.removed_reason) == (True, "mod", "Off topic")
    assert site.ask(FindPosts()).items == site.ask(FindPosts(tag="cats")).items == []
    assert site.ask(FindPosts(removed=True)).items == site.ask(FindPosts(tag="cats", removed=True)).items == [removed]
    assert site.ask(AccountByHandle(handle="ann")).posts == 0

    site.send(post.RestorePost(post=id), "mod")

    restored = site.ask(PostById(post=id))
    assert (restored.removed, restored.removed_by, restored.removed_reason) == (False, None, None)
    assert site.ask(FindPosts(tag="cats")).items == [restored]
    assert site.ask(AccountByHandle(handle="ann")).posts == 1


def test_tags_of_a_removed_post_are_not_in_use_until_it_is_restored(site: Site) -> None:
    id, _ = site.publish(body="about #cats"), site.publish(body="on #cats")
    assert site.ask(PopularTags()) == [("cats", 2)]

    site.send(post.RemovePost(post=id, reason="Off topic"), "mod")
    assert site.ask(PopularTags()) == []

    site.send(post.RestorePost(post=id), "mod")
    assert site.ask(PopularTags()) == [("cats", 2)]


def test_a_lock_shows_and_goes(site: Site) -> None:
    id = site.publish()

    site.send(post.LockPost(post=id), "mod")
    assert site.ask(PostById(post=id)).locked

    site.send(post.UnlockPost(post=id), "mod")
    assert not site.ask(PostById(post=id)).locked


def test_likes_count_people_and_a_viewer_sees_their_own(site: Site) -> None:
    id = site.publish()
    site.like(f"post-{id}", "ann", "bob", "bob")
    site.send(like.Unlike(target=f"post-{id}"), "ann")

    assert site.ask(PostById(post=id)).likes == 1
    assert site.ask(PostById(post=id, viewer="bob")).liked
    assert not site.ask(PostById(post=id, viewer="ann")).liked
    assert [item.liked for item in site.ask(FindPosts(viewer="bob")).items] == [True]


def test_erasing_takes_words_and_tags_and_leaves_the_rest(site: Site) -> None:
    id, _ = site.publish("Secret", "about #me"), site.publish("Mine", "and #me")
    site.like(f"post-{id}", "bob")

    site.send(post.ErasePost(post=id, reason="Asked to"), "root")

    shown = site.ask(PostById(post=id))
    assert (shown.title, shown.body, shown.url, shown.tags) == ("", "", "", ())
    assert (shown.likes, shown.author, shown.version) == (1, "ann", 2)
    assert site.ask(PopularTags()) == []


def test_an_edit_after_an_erasure_stays(site: Site) -> None:
    id = site.publish("Secret", "about #me")
    site.send(post.ErasePost(post=id, reason="Asked to"), "root")

    site.send(post.EditPost(post=id, version=2, title="New", body="about #you"), "ann")

    assert site.ask(PostById(post=id)).tags == ("you",)
    assert site.ask(FindPosts(tag="you")).items[0].title == "New"


def test_unknown_ids_and_handles_find_nothing(site: Site) -> None:
    assert site.ask(PostById(post="no id")) is None
    assert site.ask(PostById(post="0192abcd-0000-7000-8000-0000000000ff")) is None
    assert site.ask(AccountByHandle(handle="nobody")) is None
    assert site.ask(FindPosts(author="nobody")).items == site.ask(FindPosts(tag="no such")).items == []


def test_an_account_shows_roles_standing_and_what_it_has(site: Site) -> None:
    site.comment(site.publish(), by="ann")
    site.send(account.EditProfile(handle="ann", name="Ann", bio="Hello"), "ann")
    site.send(account.ChangePassword(handle="ann", password_hash="$argon2"), "ann")
    site.send(suspension.SuspendAccount(handle="ann", reason="Spam"), "mod")

    ann = site.ask(AccountByHandle(handle="@Ann"))
    assert (ann.name, ann.bio, ann.posts, ann.comments, ann.version) == ("Ann", "Hello", 1, 1, 5)
    assert (ann.suspended, ann.suspended_reason) == (True, "Spam")

    site.send(suspension.ReinstateAccount(handle="ann"), "mod")
    ann = site.ask(AccountByHandle(handle="ann"))
    assert (ann.suspended, ann.suspended_reason) == (False, None)

    for role in ("moderator", "admin"):
        site.send(account.GrantRole(handle="ann", role=role), "root")
    assert site.ask(AccountByHandle(handle="ann")).roles == ("admin", "moderator")
    site.send(account.RevokeRole(handle="ann", role="moderator"), "root")
    assert site.ask(AccountByHandle(handle="ann")).roles == ("admin",)
