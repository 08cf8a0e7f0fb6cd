"""Calls that schemathesis makes up from the documents: whatever they are, the answer is a declared
one, and never our fault.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok

from tests.fixtures.described import FOLDER, ServiceName
from tests.installation.installation import Installation
from tests.installation.people import People

SEED = 20261130
EXAMPLES = {GenerationMode.POSITIVE: 12, GenerationMode.NEGATIVE: 8}
"""So many calls of each operation, with sound and with wrong data."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
HAS_NO_END = "/live"
"""A stream: whoever reads it waits for good."""


@pytest.fixture(scope="module")
def anna(address: str) -> Iterator[httpx.Client]:
    """An operator, signed in."""
    token = httpx.post(f"{address}/api/session", json={"identity": "anna.ferri"}).json()["token"]
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture(scope="module")
def number(installation: Installation) -> str:
    """A ticket that the operator sees, for calls to have something to be about."""

    async def make() -> str:
        async with People(installation) as people:
            return await people.new_ticket("Chiamate")

    return asyncio.run(make())


@pytest.mark.parametrize("mode", list(EXAMPLES))
@pytest.mark.parametrize("name", ["intake", "portal"])
def test_every_answer_to_a_generated_call_is_declared(
    name: ServiceName, mode: GenerationMode, address: str, anna: httpx.Client, number: str
) -> None:
    schema = schemathesis.openapi.from_path(FOLDER / f"{name}.json")
    operations = [
        found.ok()
        for found in schema.exclude(path=HAS_NO_END).get_all_operations()
        if isinstance(found, Ok)
    ]
    assert len(operations) >= 4
    known = {"number": number, "slug": "tasse"}
    token = {"Authorization": anna.headers["Authorization"]}
    made = 0
    with requests.Session() as session:
        for operation in operations:
            fixed = {
                each.name: known[each.name]
                for each in operation.path_parameters
                if each.name in known
            }

            @seed(SEED)
            @settings(
                max_examples=EXAMPLES[mode],
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(
                case=operation.as_strategy(
                    generation_mode=mode, headers=token, path_parameters=fixed
                )
            )
            def call(case: Case[Any]) -> None:
                nonlocal made
                case.call_and_validate(address, session=session, checks=CHECKS)
                made += 1

            # Some calls have nothing that could be wrong.
            with contextlib.suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
                call()
    assert made >= 2 * len(operations)
