"""The OpenAPI document against the server, by schemathesis with bounded examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from harness.examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from batch.sandbox import defaults, openapi
from batch.sandbox.server import Options, running

if TYPE_CHECKING:
    from unit.sandbox.conftest import Start

# Rules that no schema can say: a number that another contact has, a campaign that needs an email, a zone's name.
UNSAID = (
    "Phone number already exists",
    "customVariables.email is required for this campaign",
    "timezone must be an IANA timezone, like America/New_York",
)
KEY = {"X-API-Key": "gua_1"}
#: What is checked of each answer, by its name among the checks of schemathesis.
CHECKS = (
    "content_type_conformance",
    "ignored_auth",
    "negative_data_rejection",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
DOCUMENT = openapi.document([status.name for status in defaults.statuses()])
LABELS = [
    f"{method.upper()} {path}"
    for path, entries in DOCUMENT["paths"].items()
    for method in entries
    if method in {"get", "post", "put", "patch", "delete"}
]
assert len(LABELS) == 7


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """Each operation of the document by its method and path."""
    import schemathesis  # here: it takes each worker a second that imports it
    from schemathesis.core.result import Ok

    found = schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
    return {one.ok().label: one.ok() for one in found if isinstance(one, Ok)}


@pytest.fixture(params=LABELS)
def operation(request: pytest.FixtureRequest, operations: dict[str, Any]) -> Any:
    """An operation of the document."""
    return operations[request.param]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An unlimited sandbox with the default team."""
    with running(Options(port=0, writes_per_minute=0, reads_per_minute=0)) as url:
        yield url


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_every_answer_is_as_the_document_says(operation: Any, mode: str, url: str) -> None:
    """Valid and invalid calls of every operation get a documented status, body and headers, and never a 500."""
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as of_openapi

    named = [not_a_server_error, *(getattr(of_openapi, name) for name in CHECKS)]

    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
    @settings(max_examples=examples(20), derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def conforms(case: Any) -> None:
        response = case.call(base_url=url, headers=KEY)
        unsaid = response.status_code == 400 and response.json()["message"] in UNSAID
        checks = [check for check in named if not (unsaid and check is of_openapi.positive_data_acceptance)]
        case.validate_response(response, checks=checks, headers=KEY)

    try:
        conforms()
    except Unsatisfiable:
        assert operation.path == "/contacts/statuses"  # it takes nothing, so nothing can be wrong with it


def test_every_429_is_as_the_document_says(operation: Any, start: Start) -> None:
    """A call over the limit has the documented body and headers, Retry-After among them."""
    sandbox = start(writes_per_minute=1, reads_per_minute=1)
    sandbox.update(status="DNC")
    sandbox.http.get("/campaigns")
    path = operation.path.format(id="d290f1ee-6c54-4b01-90e6-d701748f0851")
    response = requests.request(operation.method, sandbox.url + path, json={}, headers=dict(sandbox.http.headers))
    assert response.status_code == 429
    operation.validate_response(response)


def test_the_document_lists_the_teams_own_statuses(start: Start, tmp_path: Any) -> None:
    """A custom status is among the values that a write takes."""
    seed = tmp_path / "seed.json"
    seed.write_text('{"statuses": [{"name": "moved-away"}]}')
    text = start(seed=str(seed)).http.get("/openapi.json").text
    assert "moved-away" in text and "talk-to-human" in text
