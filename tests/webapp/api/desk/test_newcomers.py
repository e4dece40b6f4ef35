"""Limits for new accounts by the API: anybody reads them, admins set them under If-Match, programs have them too."""

from tests.webapp.api.conftest import Api

LIMITS = {"days": 3, "writings": 3, "links": 1, "mentions": 3, "per_hour": 10}
LINKS = "https://a.example https://b.example"


def test_an_admin_sets_them_and_everybody_reads_them(api: Api):
    root = api.program("root", "admin")
    found = api.stranger().get("/newcomer-limits")
    assert (found.headers["ETag"], found.json["version"], found.json["set_by"]) == ('"0"', 0, None)
    assert root.put("/newcomer-limits", LIMITS).status_code == 428
    assert root.put("/newcomer-limits", LIMITS, If_Match='"0"').json["version"] == 1
    assert root.put("/newcomer-limits", LIMITS | {"days": 1}, If_Match='"0"').status_code == 412
    assert api.stranger().get("/newcomer-limits").json.items() >= {**LIMITS, "version": 1, "set_by": "root"}.items()
    assert api.program("ada").put("/newcomer-limits", LIMITS, If_Match='"1"').status_code == 403


def test_bad_numbers_name_their_fields(api: Api):
    root = api.program("root", "admin")
    wrong = LIMITS | {"days": -1, "links": 10**12}
    answer = root.put("/newcomer-limits", wrong, If_Match='"0"')
    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json["errors"]) == ["days", "links"]
    assert root.put("/newcomer-limits", LIMITS | {"days": "3"}, If_Match='"0"').status_code == 422
    assert root.put("/newcomer-limits", {}, If_Match='"0"').status_code == 422


def test_programs_have_the_limits_of_their_people(api: Api):
    root, ada = api.program("root", "admin"), api.program("ada")
    root.put("/newcomer-limits", LIMITS, If_Match='"0"')
    refused = ada.post("/posts", {"title": "T", "body": LINKS})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "body")
    id = ada.new_post()
    assert ada.put(f"/posts/{id}", {"title": "T", "body": LINKS}, If_Match='"1"').status_code == 422
    assert root.post("/posts", {"title": "T", "body": LINKS}).status_code == 201
