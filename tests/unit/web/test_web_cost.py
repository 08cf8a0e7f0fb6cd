"""What a body costs follows from its size and not from what it is made of; the answer to it is
short.
"""

import tracemalloc
from typing import Any

import orjson
import pytest

from shared.web.json_body import MAX_VALUES
from tests.factories.hostile_bodies import HOSTILE_FORMS, HOSTILE_JSON
from tests.unit.web.small_app import client_of, make_app

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIZE = 1_000_000
MOST_MEMORY = 20 * SIZE
LONGEST_ANSWER = 32 * 1024


async def _answer(path: str, body: bytes, headers: dict[str, str]) -> tuple[Any, int]:
    """Return the answer to `body`, and the most memory in use meanwhile."""
    app = make_app()
    async with client_of(app) as client:
        tracemalloc.start()
        answer = await client.post(path, content=body, headers=headers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert app.state.seen == [] or answer.status_code == 200
    return answer, peak


@pytest.mark.parametrize("name", HOSTILE_JSON)
async def test_json_of_any_make_is_refused_within_a_few_times_its_size(name: str) -> None:
    answer, peak = await _answer("/api/shape", HOSTILE_JSON[name](SIZE), JSON)

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) <= 50
    assert len(answer.content) < LONGEST_ANSWER
    assert peak < MOST_MEMORY


@pytest.mark.parametrize("name", HOSTILE_FORMS)
async def test_a_form_of_any_make_is_read_within_a_few_times_its_size(name: str) -> None:
    answer, peak = await _answer("/form", HOSTILE_FORMS[name](SIZE), FORM)

    assert answer.status_code in (200, 422)
    assert answer.status_code == 200 or len(answer.content) < LONGEST_ANSWER
    assert peak < MOST_MEMORY


async def test_of_many_unknown_keys_fifty_are_named_and_none_at_length() -> None:
    body = {"text": "a"} | {f"{number:03}{'k' * 190}": 1 for number in range(1000)}
    answer, _ = await _answer("/api/shape", orjson.dumps(body), JSON)

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50
    assert len(answer.content) < LONGEST_ANSWER


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (
            {"text": "a", "inner": {"x": list(range(MAX_VALUES))}},
            "body",
            "There are too many fields.",
        ),
        ({"text": "a", "inner": {"k" * 201: 1}}, "inner", "The name of a field is too long."),
        ({"text": "a", "k" * 201: 1}, "body", "The name of a field is too long."),
    ],
)
async def test_the_bounds_of_json_have_a_sentence(body: Any, field: str, message: str) -> None:
    answer, _ = await _answer("/api/shape", orjson.dumps(body), JSON)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "message": message}]


async def test_a_long_text_full_of_commas_and_brackets_is_a_text() -> None:
    answer, _ = await _answer(
        "/api/shape", orjson.dumps({"text": "a", "inner": {"x": 'a, "b" [c] {d} \\ ' * 2000}}), JSON
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"n" * 601 + b"=1", "body"), (b"name=%zz", "name"), (b"name=100%", "name")],
)
async def test_a_form_that_no_browser_sends_is_refused(body: bytes, field: str) -> None:
    answer, _ = await _answer("/form", body, FORM)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_form_with_backslashes_and_percent_signs_is_read_as_it_was_typed() -> None:
    typed = {"path": "C:\\new\\x41", "share": "100% + 1", "accents": "è → 🌻"}
    async with client_of(make_app()) as client:
        answer = await client.post("/form", data=typed)

    assert answer.json() == typed


async def test_a_query_of_many_parameters_is_refused_and_a_bare_percent_sign_is_not() -> None:
    async with client_of(make_app()) as client:
        many = await client.get("/api/list?" + "&".join(["q=1"] * 200))
        bare = await client.get("/api/list?q=100%&limit=5")

    assert many.json()["errors"] == [{"field": "query", "message": "There are too many fields."}]
    assert bare.status_code == 200
