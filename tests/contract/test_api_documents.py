"""The documents that describe the APIs are those that the services give, and a generator of clients
can work with them.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.__main__ import BUILDERS
from services.cli.openapi import DESCRIBED, api_documents, write_documents
from services.portal.api.described_bulk import ACTIONS
from shared.core.version import VERSION

FOLDER = Path("deploy") / "api"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
Call = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return api_documents(BUILDERS)


@pytest.fixture(params=DESCRIBED)
def document(request: pytest.FixtureRequest, written: dict[str, bytes]) -> dict[str, Any]:
    """The description of each of the APIs."""
    found: dict[str, Any] = orjson.loads(written[request.param])
    return found


def calls_of(document: dict[str, Any]) -> Iterator[Call]:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            yield method, path, call


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from references_in(each)


def found_at(document: dict[str, Any], reference: str) -> Any:
    place: Any = document
    for part in reference.removeprefix("#/").split("/"):
        place = place.get(part)
        if place is None:
            return None
    return place


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_kept_document_is_what_the_service_says(
    name: str, written: dict[str, bytes], repository: Path
) -> None:
    kept = (repository / FOLDER / f"{name}.json").read_bytes()

    assert kept == written[name], "write it anew: ./sportello openapi"


def test_the_command_writes_the_documents(tmp_path: Path, written: dict[str, bytes]) -> None:
    files = write_documents(tmp_path / "api", BUILDERS)

    assert {path.stem: path.read_bytes() for path in files} == written


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert [each for each in references_in(document) if found_at(document, each) is None] == []


def test_every_success_has_a_model(document: dict[str, Any]) -> None:
    bodies = {
        f"{method} {path} {status}": content["schema"]
        for method, path, call in calls_of(document)
        for status, response in call["responses"].items()
        if int(status) < 400
        for kind, content in response.get("content", {}).items()
        if kind == "application/json"
    }

    assert len(bodies) >= 4
    assert [call for call, schema in bodies.items() if set(schema) != {"$ref"}] == []


def test_every_refusal_is_a_problem_with_an_example(document: dict[str, Any]) -> None:
    for method, path, call in calls_of(document):
        refusals = {
            status: each for status, each in call["responses"].items() if int(status) >= 400
        }
        assert {"422", "500", "503"} <= set(refusals), (method, path)
        for status, response in refusals.items():
            content = response["content"]["application/problem+json"]
            assert content["schema"] == PROBLEM, (method, path, status)
            examples = [
                found_at(document, each["$ref"])["value"] for each in content["examples"].values()
            ]
            assert examples, (method, path, status)
            assert {example["status"] for example in examples} == {int(status)}, (method, path)


def test_every_call_has_a_short_name_of_its_own_a_summary_and_a_described_group(
    document: dict[str, Any],
) -> None:
    calls = list(calls_of(document))
    names = Counter(call["operationId"] for _, _, call in calls)
    groups = {group["name"] for group in document["tags"] if group["description"]}

    assert [
        name
        for name, times in names.items()
        if times > 1 or not re.fullmatch(r"[a-z]+(_[a-z]+){1,3}", name)
    ] == []
    assert [call["operationId"] for _, _, call in calls if not call["summary"]] == []
    assert {tag for _, _, call in calls for tag in call["tags"]} == groups


def test_what_needs_somebody_signed_in_says_how_and_is_answered_401_without(
    document: dict[str, Any],
) -> None:
    schemes = document["components"]["securitySchemes"]

    assert {name: (scheme["type"], scheme.get("in")) for name, scheme in schemes.items()} == {
        "session": ("apiKey", "cookie"),
        "bearer": ("http", None),
    }
    for method, path, call in calls_of(document):
        is_needed = bool(call["security"]) and {} not in call["security"]
        assert not is_needed or "401" in call["responses"], (method, path)
        assert "401" not in call["responses"] or call["security"], (method, path)


def test_a_union_of_tickets_says_by_what_its_members_differ(written: dict[str, bytes]) -> None:
    schemas = orjson.loads(written["portal"])["components"]["schemas"]

    discriminators = {
        name: schemas[name]["anyOf"][0]["discriminator"] for name in ("TicketSeen", "AfterCommand")
    }

    assert {
        name: (each["propertyName"], sorted(each["mapping"]))
        for name, each in discriminators.items()
    } == {
        "TicketSeen": ("view", ["child", "ticket"]),
        "AfterCommand": ("view", ["child", "ticket"]),
    }


def test_a_bulk_says_by_its_action_what_else_it_has(written: dict[str, bytes]) -> None:
    schemas = orjson.loads(written["portal"])["components"]["schemas"]
    bulk = schemas["BulkGiven"]["discriminator"]

    bodies = {
        action: schemas[reference.rpartition("/")[2]]
        for action, reference in bulk["mapping"].items()
    }

    assert (bulk["propertyName"], set(bodies)) == ("action", set(ACTIONS))
    for action, body in bodies.items():
        own = set(ACTIONS[action].payload.model_fields)
        assert set(body["properties"]) == {"numbers", "action", *own}, action


def test_the_version_is_that_of_the_program(document: dict[str, Any], repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]

    assert document["info"]["version"] == VERSION == project["version"]
    assert [server["url"] for server in document["servers"]] == ["/", "http://127.0.0.1:8000"]
