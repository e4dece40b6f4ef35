"""The document says what the API does: generated calls, right and wrong, against a whole site, with every check.

API_EXAMPLES says how many calls an operation gets beyond those of the coverage phase; CI takes few.
"""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from eventstore.codec import EventCodec
from moderation.follower import Follower
from tests.webapp.api.conftest import PASSWORD, Api, Program
from webapp.api.schema import openapi

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("API_EXAMPLES") or 10)
ALSO_FINE = ["2xx", "304", "401", "403", "404", "409", "410", "412", "422"]
"""For a call that the schema allows: things may not be there, be removed or changed, and text may be all blanks."""
CONFIG = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ALSO_FINE},
        "missing_required_header": {"expected-statuses": ["401", "428"]},
    },
    "generation": {"max-examples": EXAMPLES, "deterministic": "API_EXAMPLES" not in os.environ},
}


class Admin(Program):
    """The program, and what happens on the site by itself."""

    def __init__(self, api: Api, program: Program) -> None:
        super().__init__(program.client, program.token)
        self.world = api.world
        self.follower = Follower(api.world.store, EventCodec(), api.world.bus, api.world.generations.control)


@pytest.fixture(scope="module")
def program(shared: Api) -> Admin:
    """An admin's program, on a site with something in it."""
    root = shared.program("root", "admin")
    root.new_comment(root.new_post())
    return Admin(shared, root)


class Forwarding:
    """Operations are known when tests are collected, the site only when they run."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


SITE = Forwarding()
schema = schemathesis.openapi.from_dict(openapi.document(), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = SITE


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_calls_are_answered_as_documented(case: schemathesis.Case, program: Admin) -> None:
    _validate(case, program)


@schema.include(path_regex=r"\{(id|case)\}").parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_so_are_calls_about_something_that_is_there(case: schemathesis.Case, program: Admin) -> None:
    """No generated id is one of ours: nearly all of the calls above end at a 404."""
    SITE.app = program.client.application
    if _is_right(case, ParameterLocation.PATH):
        named = "case" if "{case}" in case.operation.path else "id"
        part = "bulk-removals" if "/bulk-removals/" in case.path else case.path.split("/")[3]
        case.path_parameters[named] = MAKERS[part](program)
        if "If-Match" in (case.headers or {}) and _is_right(case, ParameterLocation.HEADER):
            case.headers["If-Match"] = '"1"'
    _validate(case, program)


def _is_right(case: schemathesis.Case, place: ParameterLocation) -> bool:
    """Whether this part of the call is one that the schema allows."""
    found = case.meta.components.get(place) if case.meta else None
    return found is not None and found.mode is GenerationMode.POSITIVE


def _validate(case: schemathesis.Case, program: Admin) -> None:
    SITE.app = program.client.application
    SITE.app.extensions["verbatim"].stopping = lambda: True  # nothing waits or streams for long
    # A cursor is signed, so no generated one is right, and no schema could say so.
    excluded = [positive_data_acceptance] if "after" in (case.query or {}) else []
    # Schemathesis takes an If-Match of 0 for one that the schema allows; its pattern wants quotes or *.
    excluded += [positive_data_acceptance] if not _matches(case, "If-Match", default="*") else []
    # A parameter without a value isn't sent, so that one too many of these is none.
    excluded += [negative_data_rejection] if [] in (case.query or {}).values() else []
    # Over WSGI schemathesis asks for compressed answers, and reads them as they come.
    headers = {"Authorization": f"Bearer {program.token}", "Accept-Encoding": "identity"}
    case.call_and_validate(headers=headers, excluded_checks=excluded)


def _matches(case: schemathesis.Case, header: str, *, default: str) -> bool:
    """Whether the header's value is one that the document's pattern allows."""
    value = str((case.headers or {}).get(header, default))
    found = (one for one in case.operation.headers if one.name == header)
    return all(re.search(one.definition["schema"]["pattern"], value) for one in found)


def _webhook(program: Admin) -> str:
    """The one there is; a new one where it was removed."""
    there = program.get("/webhooks").json["items"]
    if there:
        return str(there[0]["id"])
    return str(program.post("/webhooks", {"url": "https://example.org/hook"}).json["id"])


def _token(program: Admin) -> str:
    made = program.post("/tokens", {"handle": "root", "password": PASSWORD, "scopes": ["read"]})
    return str(made.json["id"])


def _reported(program: Admin) -> dict[str, str]:
    """Somebody else's post that the admin has reported, and whose case they have claimed: its id and the report's."""
    api = Api(program.world)
    writer = api.token("writer") if program.world.id("writer") else api.program("writer")
    post = writer.new_post()
    filed = program.post("/reports", {"target": f"post-{post}", "version": 1, "category": "spam"}).json
    while program.follower.step():
        pass
    program.put(f"/moderation/cases/post-{post}/claim")
    return {"case": f"post-{post}", "report": filed["id"]}


def _decision(program: Admin) -> str:
    address = f"/moderation/cases/{_reported(program)['case']}/decision"
    return str(program.post(address, {"acts": ["none"]}, If_Match="*").json["id"])


def _batch(program: Admin) -> str:
    cases = [{"id": _reported(program)["case"], "version": 3}]
    return str(program.post("/moderation/decisions", {"cases": cases, "acts": ["none"]}).json["id"])


def _bulk_removal(program: Admin) -> str:
    """Of what somebody wrote whose case the admin has claimed."""
    target = _reported(program)["case"].removeprefix("post-")
    author = program.get(f"/posts/{target}").json["author"]
    program.post("/moderation/cases", {"target": f"account-{author}"})
    program.put(f"/moderation/cases/account-{author}/claim")
    return str(program.post(f"/moderation/accounts/{author}/bulk-removals", {"reason": "Spam"}).json["id"])


def _appeal(program: Admin) -> str:
    return str(program.post(f"/decisions/{_decision(program)}/appeal", {"text": "Look again."}).json["id"])


def _receipt(program: Admin) -> str:
    """Of somebody whom the admin has sent away; closing an account again gives the same once they are back."""
    program.post("/accounts", {"handle": "leaver", "password": PASSWORD})
    program.delete("/accounts/leaver/leave")
    closing = program.post("/accounts/leaver/leave", {"reason": "Asked to", "words": "keep"})
    return str(closing.json["receipt"])


MAKERS: Mapping[str, Callable[[Admin], str]] = {
    "posts": lambda program: program.new_post(),
    "comments": lambda program: program.new_comment(program.new_post()),
    "webhooks": _webhook,
    "tokens": _token,
    "receipts": _receipt,
    "reports": lambda program: _reported(program)["report"],
    "decisions": _decision,
    "batches": _batch,
    "appeals": _appeal,
    "bulk-removals": _bulk_removal,
    "moderation": lambda program: _reported(program)["case"],
}
"""Part of the address → what makes a thing there."""
