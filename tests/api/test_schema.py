"""The document says what the API does: generated calls, right and wrong, against a whole site, with every check.

API_EXAMPLES says how many calls an operation gets beyond those of the coverage phase; CI takes few.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.conftest import Api, Program
from tests.webapp.conftest import World
from webapp.api import openapi

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


@pytest.fixture(scope="module")
def program(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """An admin's program, on a site with something in it."""
    world = World(shutil.copytree(migrated, tmp_path_factory.mktemp("schema") / "site"), {})
    root = Api(world).program("root", "admin")
    root.new_comment(root.new_post())
    yield root
    world.close()


class Forwarding:
    """Operations are known when tests are collected, the site only when they run."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


SITE = Forwarding()
schema = schemathesis.openapi.from_dict(openapi.document(), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = SITE


@schema.parametrize()
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_calls_are_answered_as_documented(case: schemathesis.Case, program: Program) -> None:
    SITE.app = program.client.application
    SITE.app.extensions["stopping"] = lambda: True  # nothing waits or streams for long
    # A cursor is signed, so no generated one is right, and no schema could say so.
    excluded = [positive_data_acceptance] if "after" in (case.query or {}) else []
    case.call_and_validate(headers={"Authorization": f"Bearer {program.token}"}, excluded_checks=excluded)
