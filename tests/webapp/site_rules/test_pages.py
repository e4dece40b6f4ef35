"""/rules: what strangers read, and how admins publish other rules without scripts."""

from domain.bus import operator
from domain.site.rules import PublishRules, Rule
from tests.webapp.conftest import World

KIND, SOURCE = Rule(title="Be kind", text="Always."), Rule(title="Say where it is from")


def publish(world: World, *rules: Rule) -> None:
    world.bus.send(PublishRules(rules=rules), operator("2026-11-24T06:00:00.000000Z"))


def test_without_rules_the_page_says_so_and_admins_are_offered_to_write_some(world: World):
    admin, ann = world.person("root", "admin"), world.person("ann")
    for visitor in (ann, world.visitor()):
        text = visitor.see("/rules").text
        assert "no written rules yet" in text
        assert "Write rules" not in text
    assert "Write rules" in admin.see("/rules").text
    assert "No rules were published yet." in world.visitor().see("/rules/history").text


def test_an_admin_writes_rules_and_everybody_reads_them(world: World):
    admin = world.person("root", "admin")
    typed = admin.fields("/rules/edit") | {"title-1": "Be kind", "text-1": "**Always.**", "action": "add"}
    more = admin.post("/rules/edit", typed)
    assert more.status_code == 200
    assert 'name="title-2"' in more.text
    assert 'value="Be kind"' in more.text
    published = admin.post("/rules/edit", typed | {"title-2": "Be brief", "text-2": "", "action": "publish"})
    assert (published.status_code, published.headers["Location"]) == (303, "/rules")
    read = world.visitor().client.get("/rules").text
    assert "1. Be kind" in read
    assert "<strong>Always.</strong>" in read
    assert "2. Be brief" in read
    assert 'id="rule-2"' in read
    assert 'href="/rules"' in world.visitor().client.get("/").text


def test_buttons_move_and_take_out_rules_and_store_nothing(world: World):
    admin = world.person("root", "admin")
    publish(world, KIND, SOURCE)
    fields = admin.fields("/rules/edit")
    moved = admin.post("/rules/edit", fields | {"action": "up-2"}).text
    assert moved.index("Say where it is from") < moved.index("Be kind")
    left = admin.post("/rules/edit", fields | {"action": "remove-1"}).text
    assert 'value="Be kind"' not in left
    assert 'name="title-2"' not in left
    assert admin.post("/rules/edit", fields | {"action": "remove-²"}).status_code == 200
    assert "2. Say where it is from" in world.visitor().client.get("/rules").text


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(world: World):
    admin = world.person("root", "admin")
    publish(world, KIND)
    fields = admin.fields("/rules/edit") | {"title-1": " ", "text-1": "Typed long.", "action": "publish"}
    answer = admin.post("/rules/edit", fields)
    assert answer.status_code == 422
    assert "Title of rule 1 can&#39;t be empty." in answer.text
    assert 'href="#title-1"' in answer.text
    assert "Typed long." in answer.text


def test_rules_published_meanwhile_are_shown_and_not_overwritten(world: World):
    admin = world.person("root", "admin")
    publish(world, KIND)
    fields = admin.fields("/rules/edit") | {"title-1": "Be mild", "action": "publish"}
    publish(world, KIND, SOURCE)
    answer = admin.post("/rules/edit", fields)
    assert answer.status_code == 409
    assert 'value="Be mild"' in answer.text
    assert "Somebody published other rules" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert admin.post("/rules/edit", fields | {"version": "2"}).status_code == 303


def test_a_version_is_shown_as_it_was_and_the_history_says_what_changed(world: World):
    publish(world, KIND)
    publish(world, KIND, SOURCE)
    stranger = world.visitor()
    old = stranger.client.get("/rules?version=1").text
    assert "Say where it is from" not in old
    assert "This is an earlier version." in old
    for path in ("/rules?version=3", "/rules?version=0"):
        assert stranger.client.get(path).status_code == 404
    assert stranger.client.get("/rules?version=x").status_code == 400
    history = stranger.client.get("/rules/history").text
    assert "<ins>" in history
    assert history.index('id="v2"') < history.index('id="v1"')


def test_only_admins_see_the_form_and_the_log_tells_of_it(world: World):
    moderator, ann = world.person("mod", "moderator"), world.person("ann")
    publish(world, KIND)
    for visitor in (moderator, ann):
        assert visitor.client.get("/rules/edit").status_code == 403
        token = visitor.fields("/settings", "/settings/handle")["csrf_token"]
        sent = {"csrf_token": token, "version": "1", "title-1": "x", "action": "publish"}
        assert visitor.post("/rules/edit", sent).status_code == 403
    assert world.visitor().client.get("/rules/edit").status_code in (302, 303)
    log = moderator.client.get("/moderation?show=log").text
    assert 'href="/rules?version=1"' in log
    assert "the site’s rules" in log


def test_the_sitemap_has_them_once_there_are_some(world: World):
    stranger = world.visitor()
    assert "/sitemaps/pages.xml" not in stranger.client.get("/sitemap.xml").text
    assert stranger.client.get("/sitemaps/pages.xml").status_code == 404
    publish(world, KIND)
    assert "/sitemaps/pages.xml" in stranger.client.get("/sitemap.xml").text
    assert "/rules</loc>" in stranger.client.get("/sitemaps/pages.xml").text
