"""Every error is a problem (RFC 9457) in the caller's language, or a page for a person; never an
inside.
"""

from typing import Any

import pytest
from fastapi import APIRouter
from structlog.testing import capture_logs

from shared.core.error_text import traced
from shared.core.errors import ImpossibleValue, MissingRight
from shared.web.errors import BadInput, problem_of
from shared.web.language import translator
from shared.web.refusals import PROBLEMS, STATES, TRIGGERS
from tests.unit.web.small_app import client_of, make_app


async def test_a_refusal_is_a_problem_with_its_facts() -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/api/errors/held")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:sportello:problem:held-by-somebody-else",
        "title": "Not possible now",
        "status": 409,
        "detail": "The ticket is already owned by bruno.galli.",
        "owner": "bruno.galli",
    }


async def test_a_refusal_is_told_in_italian_unless_english_is_asked_for() -> None:
    async with client_of(make_app(), Accept_Language="") as client:
        answer = await client.get("/api/errors/held")

    assert answer.json()["title"] == "Ora non è possibile"
    assert answer.json()["detail"] == "Il ticket è già in carico a bruno.galli."


async def test_a_forbidden_state_is_named_in_words_and_as_the_api_knows_it() -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/api/errors/state")

    assert answer.status_code == 409
    assert (
        answer.json()["detail"]
        == "The ticket is closed successfully (closed_successful): taking it is not possible now."
    )
    assert answer.json()["state"] == "closed_successful"


async def test_an_impossible_value_names_its_field() -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/api/errors/impossible")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "queue", "message": "There is no queue “moon”."}]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("no-answer", "no-answer"), ("unreachable", "bus-unreachable"), ("database", "unavailable")],
)
async def test_what_cannot_be_reached_is_503_with_the_time_to_try_again(
    name: str, kind: str
) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get(f"/api/errors/{name}")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"] == f"urn:sportello:problem:{kind}"


async def test_an_unknown_path_is_a_problem() -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/api/nowhere")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "There is nothing here, or you may not see it."


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones() -> None:
    async with client_of(make_app()) as client:
        answer = await client.delete("/api/list")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["type"] == "urn:sportello:problem:method-not-allowed"


@pytest.mark.parametrize("path", ["/api/broken", "/api/errors/verdict"])
async def test_an_unforeseen_error_is_a_500_that_tells_nothing_but_its_id(path: str) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get(path)

    assert answer.status_code == 500
    assert answer.json()["detail"] == "An error occurred on the server. It has been recorded."
    assert len(answer.json()["error_id"]) == 36
    assert "inside" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_browser_gets_an_error_as_a_page() -> None:
    async with client_of(make_app(), Accept="text/html,*/*") as client:
        missing, broken, api = (
            await client.get("/nowhere"),
            await client.get("/broken"),
            await client.get("/api/nowhere"),
        )

    assert (missing.status_code, broken.status_code) == (404, 500)
    assert (
        missing.headers["content-type"]
        == broken.headers["content-type"]
        == "text/html; charset=utf-8"
    )
    assert "<h1>Not found</h1>" in missing.text
    assert "inside" not in broken.text
    assert api.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("text", "This is required.")]),
        ({"text": ""}, [("text", "Write something here.")]),
        ({"text": "too long"}, [("text", "This may have at most 5 characters.")]),
        ({"text": 3}, [("text", "This must be a text.")]),
        ({"text": "a", "number": "x"}, [("number", "This must be a whole number.")]),
        ({"text": "a", "number": 0}, [("number", "This must be at least 1.")]),
        ({"text": "a", "colour": "green"}, [("colour", "This must be one of: red, blue.")]),
        ({"text": "a", "inner": []}, [("inner", "This must be a JSON object.")]),
        ({"text": "a", "other": 1}, [("other", "This field is not expected here.")]),
        ([], [("body", "This must be a JSON object.")]),
        (
            {"number": "x"},
            [("text", "This is required."), ("number", "This must be a whole number.")],
        ),
    ],
)
async def test_input_of_the_wrong_shape_is_422_naming_each_field(
    body: Any, errors: list[tuple[str, str]]
) -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post("/api/shape", json=body)

    assert answer.status_code == 422
    assert [(one["field"], one["message"]) for one in answer.json()["errors"]] == errors
    assert app.state.seen == []


def test_every_sentence_about_states_triggers_and_values_can_be_filled() -> None:
    english = translator("en")
    refusals = [ImpossibleValue(field="x", problem=problem, value="v") for problem in PROBLEMS]

    told = [problem_of(refusal, english).detail for refusal in refusals]

    assert all("%" not in sentence for sentence in told)
    assert "closed_unsuccessful" in STATES
    assert "take" in TRIGGERS


def test_an_unknown_problem_of_a_value_still_gets_a_sentence() -> None:
    problem = problem_of(ImpossibleValue(field="x", problem="brand_new"), translator("en"))

    assert (problem.status, problem.detail) == (422, "This value cannot be used here.")


def test_a_missing_right_is_403_and_named() -> None:
    problem = problem_of(MissingRight(right="rw"), translator("it"))

    assert (problem.status, problem.detail) == (
        403,
        "Per questa operazione serve il permesso «rw».",
    )


def test_bad_input_of_one_field_says_it_also_in_the_detail() -> None:
    problem = problem_of(
        BadInput.of("name", "This may have at most %(max_length)s characters.", max_length=3),
        translator("en"),
    )

    assert problem.detail == "This may have at most 3 characters."


@pytest.mark.parametrize("path", ["/api/list", "/api/errors/held", "/api/nowhere", "/api/broken"])
async def test_head_is_answered_like_get_without_a_body(path: str) -> None:
    async with client_of(make_app()) as client:
        head, get = await client.head(path), await client.get(path)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert {
        name: value for name, value in head.headers.items() if name != "x-request-id"
    }.keys() == get.headers.keys() - {"x-request-id"}
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_mistake_is_logged_and_answered_without_what_it_quotes_or_what_stood_in_the_path(
    accept: str,
) -> None:
    app = make_app()
    planted = "Ludovica Planted"
    router = APIRouter()

    @router.get("/requests/{token}")
    async def stumble(token: str) -> None:
        raise ValueError(f"{planted} cannot use {token}")

    app.include_router(router)
    with capture_logs() as logs:
        async with client_of(app, Accept=accept) as client:
            answer = await client.get("/requests/the-key-to-it")

    (entry,) = [entry for entry in logs if entry["event"] == "web.request.failed"]
    assert answer.status_code == 500
    assert (entry["method"], entry["path"]) == ("GET", "/requests/{token}")
    assert planted not in answer.text + traced(entry["exc_info"])
    assert "the-key" not in traced(entry["exc_info"]) + str({**entry, "exc_info": None})
