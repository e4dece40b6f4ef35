"""The API's own description: whole, in step with what is served, and readable without a network."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.webapp.api.conftest import PASSWORD, Api
from webapp.api import problems
from webapp.api.operations import ROOT
from webapp.api.operations_index import OPERATIONS
from webapp.api.schema import openapi

STREAM = f"{ROOT}/events/stream"


def test_the_document_describes_every_route_and_no_other(api: Api):
    document = api.stranger().get("/openapi.json").json
    assert document["openapi"].startswith("3.1.")
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    assert described == {(ROOT + operation.path, operation.method) for operation in OPERATIONS}
    served = {
        ("/api" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in api.world.api.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert served == described | {(f"{ROOT}/openapi.json", "GET"), ("/api/problems/{slug}", "GET")}


def test_its_schemas_are_sound_and_every_reference_leads_somewhere():
    document = openapi.document()
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["type"] == "object", name
    names = set(document["components"]["schemas"])
    assert set(re.findall(r"#/components/schemas/(\w+)", repr(document))) <= names


def test_the_page_has_everything_and_needs_nothing_from_elsewhere(api: Api):
    answer = api.stranger().get("/docs")
    html = answer.get_data(as_text=True)
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in html
    for kind in openapi.kinds():
        assert f'id="problem-{kind.slug}"' in html
    outside = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', html)
    assert outside == []
    assert html.count("<style") <= 1, "the layout's own, which the policy names by its hash"
    assert " style=" not in html
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links <= set(re.findall(r'id="([^"]+)"', html))


def test_the_type_of_a_problem_leads_to_what_it_means(api: Api):
    problem = api.stranger().get("/posts?limit=0").json
    answer = api.stranger().get(problem["type"])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/api/v1/docs#problem-invalid")
    assert api.stranger().get("/api/problems/nonsense").status_code == 404


def test_no_cache_keeps_a_problem(api: Api):
    for path in ("/accounts/nobody", "/nowhere", "/posts?limit=0"):
        assert api.stranger().get(path).headers["Cache-Control"] == "no-store"


def test_every_problem_says_what_it_must(api: Api):
    problem = api.stranger().get("/accounts/nobody").json
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "request_id"}
    assert problem["instance"] == "/api/v1/accounts/nobody"
    slugs = [kind.slug for kind in openapi.kinds()]
    assert len(slugs) == len(set(slugs))
    assert {kind.status for kind in problems.KINDS.values()} >= {
        400,
        401,
        403,
        404,
        409,
        410,
        412,
        415,
        422,
        428,
        429,
        503,
    }


def _schemas(part: Any) -> Iterator[dict[str, Any]]:
    """Everything in the document that is an object, schemas among them."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _schemas(one)


def test_generators_of_clients_find_what_they_need():
    document = openapi.document()
    for schema in _schemas(document):
        assert "enum" not in schema or "type" in schema or not isinstance(schema["enum"], list), schema
        assert schema.get("default", "") is not None, schema
        assert {"type": "null"} not in schema.get("anyOf", ()) or "$ref" in repr(schema), schema
        assert schema.get("type") not in ("integer", "number") or "format" in schema, schema
    assert document["components"]["schemas"]["OwnTokens"]["properties"]["next"]["type"] == ["string", "null"]
    tags = {tag["name"] for tag in document["tags"]}
    for methods in document["paths"].values():
        for described in methods.values():
            assert set(described["tags"]) <= tags
            assert described["description"]
            assert "414" in described["responses"]
            assert all(answer["headers"] for answer in described["responses"].values())
    assert document["webhooks"]["event"]["post"]["requestBody"]["content"].keys() == {"application/cloudevents+json"}


def test_json_and_event_streams_are_two_operations():
    paths = openapi.document()["paths"]
    kinds = {path: set(paths[path]["get"]["responses"]["200"]["content"]) for path in (f"{ROOT}/events", STREAM)}
    assert kinds == {f"{ROOT}/events": {"application/json"}, STREAM: {"text/event-stream"}}


def test_an_empty_list_of_scopes_means_the_default(api: Api):
    made = api.program("ada").post("/tokens", {"handle": "ada", "password": PASSWORD, "scopes": []})
    assert made.json["scopes"] == ["read", "write", "moderate"]


def test_the_api_has_a_deprecation_policy():
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    assert "## Changes and deprecation" in text
