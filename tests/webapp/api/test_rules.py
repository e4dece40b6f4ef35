"""The rules by the API: anybody reads them in any version, admins publish others under If-Match."""

from tests.webapp.api.conftest import Api

RULES = {"rules": [{"title": "Be kind", "text": "Always."}, {"title": "Be brief"}]}


def test_there_are_none_at_first(api: Api):
    answer = api.stranger().get("/rules")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"0"')
    assert answer.json == {
        "version": 0, "published_at": None, "published_by": None, "erased": False, "rules": [], "versions": [],
    }  # fmt: skip
    assert api.stranger().get("/rules?version=1").status_code == 404


def test_an_admin_publishes_them_and_each_version_stays(api: Api):
    root = api.program("root", "admin")
    first = root.put("/rules", RULES, If_Match='"0"')
    assert (first.status_code, first.json["version"], first.headers["ETag"]) == (200, 1, '"1"')
    assert root.put("/rules", RULES, If_Match='"1"').json["version"] == 1
    assert root.put("/rules", {"rules": []}, If_Match='"1"').json["version"] == 2
    now, then = api.stranger().get("/rules").json, api.stranger().get("/rules?version=1").json
    assert (now["version"], now["rules"], now["versions"]) == (2, [], [2, 1])
    assert then["published_by"] == "root"
    assert then["rules"] == [
        {"number": 1, "title": "Be kind", "text": "Always."},
        {"number": 2, "title": "Be brief", "text": ""},
    ]


def test_rules_that_changed_meanwhile_arent_overwritten(api: Api):
    root = api.program("root", "admin")
    root.put("/rules", RULES, If_Match='"0"')
    assert root.put("/rules", {"rules": []}, If_Match='"0"').status_code == 412
    assert root.put("/rules", {"rules": []}).status_code == 428


def test_what_is_wrong_is_told_field_by_field(api: Api):
    root = api.program("root", "admin")
    wrong = root.put("/rules", {"rules": [{"title": "a"}, {"title": " ", "text": "x" * 2_001}]}, If_Match="*")
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.json["errors"]] == ["rules.2.title", "rules.2.text"]
    assert root.put("/rules", {"rules": [{"title": "a"}] * 51}, If_Match="*").status_code == 422
    assert api.stranger().get("/rules").json["version"] == 0
