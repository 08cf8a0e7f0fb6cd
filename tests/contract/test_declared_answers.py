"""What holds real answers to the documents notices answers that are not declared."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fixtures.described import NotDeclared, declared

PROBLEM = {
    "type": "urn:sportello:problem:not-there",
    "title": "Not found",
    "status": 404,
    "detail": "There is nothing here.",
}
UNREAD: tuple[str, str] = ("GET", "/api/notices/unread")


def answered(status: int, body: Any, **headers: str) -> httpx.Response:
    kind = "application/problem+json" if status >= 400 else "application/json"
    return httpx.Response(status, json=body, headers={"content-type": kind} | headers)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (UNREAD, answered(200, {"unread": 3})),
        (("GET", "/api/my/requests/2026092810000010"), answered(404, PROBLEM)),
        (("GET", "/manage"), answered(200, "a page, of which nothing is declared")),
    ],
)
def test_an_answer_as_it_is_declared_passes(call: tuple[str, str], answer: httpx.Response) -> None:
    declared("portal").check(*call, answer)


@pytest.mark.parametrize(
    ("call", "answer", "complaint"),
    [
        (UNREAD, answered(418, PROBLEM), "this status is not declared"),
        (UNREAD, answered(200, {"unread": "three"}), 'is not of type "integer"'),
        (UNREAD, answered(200, {"unread": 3, "read": 4}), "Additional properties are not allowed"),
        (
            UNREAD,
            answered(200, {"unread": 3}, **{"content-type": "text/plain"}),
            "text/plain is not declared",
        ),
        (UNREAD, answered(403, {"detail": "No"}), "is a required property"),
        (UNREAD, answered(401, PROBLEM), "no header"),
    ],
)
def test_an_answer_that_is_not_declared_is_noticed(
    call: tuple[str, str], answer: httpx.Response, complaint: str
) -> None:
    with pytest.raises(NotDeclared, match=complaint):
        declared("portal").check(*call, answer)
