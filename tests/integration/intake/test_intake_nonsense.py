"""Nonsense at the door of intake: an exact answer each time, and nothing written."""

import json
from typing import Any

import pytest

from tests.integration.intake.conftest import Running
from tests.integration.intake.test_intake_api import BODY, JSON, PATH
from tests.unit.intake.small_desk import GOOD


def changed(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**BODY, **changes}.items() if value != "left out"}


WRONG_BODIES: list[tuple[str, Any, list[tuple[str, str]]]] = [
    ("no object", [], [("body", "This must be a JSON object.")]),
    ("null", None, [("body", "This must be a JSON object.")]),
    ("a text", "hello", [("body", "This must be a JSON object.")]),
    (
        "empty",
        {},
        [("fields", "This is required."), ("context", "This is required.")],
    ),
    ("no requester", changed(requester="left out"), [("requester", "This is required.")]),
    ("null requester", changed(requester=None), [("requester", "This is required.")]),
    (
        "empty requester",
        changed(requester={}),
        [("requester.name", "This is required."), ("requester.email", "This is required.")],
    ),
    (
        "blank name",
        changed(requester={"name": "  ", "email": "a@example.edu"}),
        [("requester.name", "Write something here.")],
    ),
    (
        "name of two lines",
        changed(requester={"name": "a\nBcc: b", "email": "a@example.edu"}),
        [("requester.name", "A name cannot contain line breaks or control characters.")],
    ),
    (
        "no address",
        changed(requester={"name": "a", "email": "nobody"}),
        [("requester.email", "Enter an email address such as name@example.edu.")],
    ),
    (
        "identity in the body",
        changed(requester={"name": "a", "email": "a@example.edu", "identity": "x"}),
        [("requester.identity", "This field is not expected here.")],
    ),
    ("no context", changed(context="left out"), [("context", "This is required.")]),
    ("context without origin", changed(context={}), [("context.origin", "This is required.")]),
    (
        "unknown origin",
        changed(context={"origin": "moon"}),
        [("context.origin", "This must be one of: online-services, service, website, faq.")],
    ),
    (
        "script as page",
        changed(context={"origin": "faq", "page": "javascript:alert(1)"}),
        [("context.page", "This must be a web address.")],
    ),
    (
        "page of two lines",
        changed(context={"origin": "faq", "page": "https://a.b/\nx"}),
        [("context.page", "This does not have the expected format.")],
    ),
    ("no fields", changed(fields="left out"), [("fields", "This is required.")]),
    ("fields a list", changed(fields=[]), [("fields", "This must be a JSON object.")]),
    ("unknown language", changed(language="fr"), [("language", "This must be one of: it, en.")]),
    ("unknown key", changed(priority=5), [("priority", "This field is not expected here.")]),
    (
        "unknown field",
        changed(fields={**GOOD, "priority": 5}),
        [("fields.priority", "This field is not expected here.")],
    ),
    (
        "no consent",
        changed(fields={**GOOD, "consent": False}),
        [("fields.consent", "You must give your consent before the request can be sent.")],
    ),
    (
        "wrong pattern",
        changed(fields={**GOOD, "matricola": "12"}),
        [("fields.matricola", "Six or seven digits.")],
    ),
    (
        "two wrong fields",
        changed(fields={**GOOD, "urgent": "yes", "place": 3}),
        [
            ("fields.urgent", "This must be true or false."),
            ("fields.place", "This must be one of: centro, polo-nord."),
        ],
    ),
]


@pytest.mark.parametrize(
    ("body", "errors"), [pytest.param(body, errors, id=name) for name, body, errors in WRONG_BODIES]
)
async def test_a_wrong_body_is_422_naming_each_field_and_nothing_is_written(
    sqlite_intake: Running, body: Any, errors: list[tuple[str, str]]
) -> None:
    answer = await sqlite_intake.client.post(PATH, content=json.dumps(body), headers=JSON)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(one["field"], one["message"]) for one in answer.json()["errors"]] == errors
    assert await sqlite_intake.wrote_nothing()


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b"{", JSON, 422, id="broken JSON"),
        pytest.param(b"", JSON, 422, id="nothing"),
        pytest.param(b'{"fields": NaN}', JSON, 422, id="NaN"),
        pytest.param(b'{"fields": {"subject": "\\u0000"}}', JSON, 422, id="NUL"),
        pytest.param(b'{"fields": {"subject": "\\ud800"}}', JSON, 422, id="lone surrogate"),
        pytest.param(
            b'{"fields": {"amount": ' + b"9" * 100_000 + b"}}", JSON, 422, id="endless number"
        ),
        pytest.param(b'{"a":' * 100_000, JSON, 422, id="depth"),
        pytest.param(b"\x00\xff\xfe", JSON, 422, id="bytes"),
        pytest.param(b"x" * 10_000_000, JSON, 413, id="10 MB"),
        pytest.param(
            b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, id="a form"
        ),
        pytest.param(b"{", {}, 422, id="broken JSON without a kind"),
        pytest.param(b"{}", {**JSON, "Idempotency-Key": "a b"}, 422, id="malformed key"),
        pytest.param(b"{}", {**JSON, "Idempotency-Key": "x" * 256}, 422, id="long key"),
    ],
)
async def test_nonsense_has_an_exact_answer_and_writes_nothing(
    sqlite_intake: Running, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await sqlite_intake.client.post(PATH, content=content, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert await sqlite_intake.wrote_nothing()


async def test_a_page_that_is_not_there_still_carries_the_desks_name(
    sqlite_intake: Running,
) -> None:
    answer = await sqlite_intake.client.get("/forms/nowhere", headers={"Accept": "text/html"})

    assert (answer.status_code, ">University<" in answer.text) == (404, True)
