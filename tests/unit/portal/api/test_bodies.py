"""What the body of each action must hold, may hold and may not hold: one table, asked of every call
and of bulk.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from services.portal.api.bodies import MOST_TICKETS
from services.portal.api.described_bulk import ACTIONS
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

N, OTHER = make_number(1), make_number(2)


@dataclass(frozen=True)
class Body:
    """A good body: each field that must be there, and each that may be; `longest` bounds texts."""

    must: Mapping[str, object]
    may: Mapping[str, object]
    longest: Mapping[str, int]


def body(
    longest: Mapping[str, int] | None = None,
    may: Mapping[str, object] | None = None,
    **must: object,
) -> Body:
    return Body(must, may or {}, longest or {})


REASON = body({"reason": 2000}, reason="Perché sì")
WORDS = body({"body": 20_000}, body="Buongiorno")
SOMEBODY = body({"operator": 100, "reason": 2000}, {"reason": "Assente"}, operator="bruno.galli")

BODIES: Mapping[str, Body] = {
    "take": body(),
    "release": body(),
    "assign": SOMEBODY,
    "responsible": SOMEBODY,
    "move": body({"queue": 200, "reason": 2000}, {"reason": "Tocca a voi"}, queue="ict"),
    "escalate": REASON,
    "postpone": body(until="2030-01-01T09:00:00Z"),
    "resume": body(),
    "priority": body(priority=4),
    "reply": WORDS,
    "ask": WORDS,
    "note": WORDS,
    "forward": body({"to": 320, "body": 20_000}, to="ufficio@example.org", body="Per voi"),
    "close": body({"answer": 20_000}, outcome="successful", answer="Fatto"),
    "reopen": REASON,
    "children": body(
        {"subject": 200, "body": 20_000, "queue": 200},
        {"fields": {"matricola": "123456"}},
        queue="ict",
        subject="Verifica",
        body="Verificate",
    ),
    "bounce": REASON,
    "resend": body({"body": 20_000}, {"fields": {"matricola": "123456"}}, body="Eccola"),
    "withdraw": body(),
    "decide": body({"step": 60}, step="verifica", decision="stop"),
    "merge": body({"into": 40}, into=OTHER),
    "links": body({"to": 40}, to=OTHER, kind="related"),
    "unlink": body({"to": 40}, to=OTHER),
    "watch": body(),
    "unwatch": body(),
    "share": body({"name": 200}, name="Hugo Marchi", email="hugo.marchi@example.edu"),
    "unshare": body(email="hugo.marchi@example.edu"),
    "undo": body(version=2),
}
NAMED_INSTEAD = {("children", "queue"): "request_type"}
"""Exactly one of two fields is given; the refusal names the other one."""


def test_the_table_has_every_action() -> None:
    assert list(BODIES) == list(ACTIONS)


def bad_bodies(good: Body) -> list[tuple[str, dict[str, object]]]:
    """Return the bodies that are wrong in one field, with its name."""
    whole = {**good.must, **good.may}
    wrong = [
        (name, {key: value for key, value in whole.items() if key != name}) for name in good.must
    ]
    wrong += [(name, whole | {name: None}) for name in good.must]
    wrong += [(name, whole | {name: [value]}) for name, value in whole.items()]
    wrong += [(name, whole | {name: "x" * (most + 1)}) for name, most in good.longest.items()]
    texts = [name for name, value in good.must.items() if isinstance(value, str)]
    wrong += [(name, whole | {name: ""}) for name in texts]
    wrong += [
        ("colour", whole | {"colour": "blue"}),
        ("expected_version", whole | {"expected_version": 0}),
    ]
    return wrong


@pytest.mark.parametrize("action", BODIES)
async def test_a_body_that_is_wrong_in_one_field_is_refused_by_its_name(
    action: str, browser: Browser, tickets: FakeTickets
) -> None:
    anna = browser("anna.ferri")

    for name, wrong in bad_bodies(BODIES[action]):
        alone = await anna.post(f"/api/tickets/{N}/{action}", json=wrong)
        among_many = await anna.post(
            "/api/tickets/bulk", json={"numbers": [N], "action": action, **wrong}
        )

        named = NAMED_INSTEAD.get((action, name), name) if wrong.get(name) is None else name
        for answer in (alone, among_many):
            told = answer.json()
            assert (
                answer.status_code,
                [error["field"].split(".")[0] for error in told["errors"]][:1],
            ) == (422, [named]), (wrong, told)
            assert all(error["message"] for error in told["errors"])
    assert tickets.commands == []


@pytest.mark.parametrize("action", BODIES)
async def test_a_body_needs_no_more_than_what_must_be_there(
    action: str, browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_created(1)
    anna, good = browser("anna.ferri"), BODIES[action]
    optional: list[dict[str, object]] = [
        {},
        dict(good.may),
        {"expected_version": 1},
        {"expected_version": None},
    ]
    optional += [{"reason": none} for none in (None, "", "  ") if "reason" in good.may]

    for more in optional:
        answer = await anna.post(f"/api/tickets/{N}/{action}", json={**good.must, **more})
        assert answer.status_code in (200, 201), (more, answer.text)

    assert len(tickets.commands) == len(optional)


@pytest.mark.parametrize(
    "action",
    [action for action, good in BODIES.items() if "reason" in good.must or "body" in good.must],
)
@pytest.mark.parametrize("blank", [" ", " \n\t ", "\u200b\u00ad"])
async def test_words_that_nobody_can_see_are_no_words(
    action: str, blank: str, browser: Browser, tickets: FakeTickets
) -> None:
    good = BODIES[action]
    name = "reason" if "reason" in good.must else "body"

    answer = await browser("anna.ferri").post(
        f"/api/tickets/{N}/{action}", json={**good.must, name: blank}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": name, "message": "Scrivi qualcosa qui."}]
    assert tickets.commands == []


async def test_the_contract_says_which_fields_must_be_there(browser: Browser) -> None:
    contract = (await browser("anna.ferri").get("/api/openapi.json")).json()

    for action, good in BODIES.items():
        given = contract["paths"][f"/api/tickets/{{number}}/{action}"]["post"]["requestBody"]
        schema = given["content"]["application/json"]["schema"]
        name = next(
            each["$ref"] for each in [schema, *schema.get("anyOf", [])] if "$ref" in each
        ).rsplit("/", 1)[-1]
        described = contract["components"]["schemas"][name]
        either = {"queue"} if action == "children" else set()
        assert set(described.get("required", [])) == set(good.must) - either, action
        assert set(described["properties"]) - {"request_type"} == {
            *good.must,
            *good.may,
            "expected_version",
        }, action
        assert described["additionalProperties"] is False


async def test_as_many_tickets_are_changed_at_once_as_from_a_list(
    browser: Browser, tickets: FakeTickets
) -> None:
    numbers = [make_number(n) for n in range(MOST_TICKETS + 1)]

    answer = await browser("anna.ferri").post(
        "/api/tickets/bulk", json={"numbers": numbers, "action": "take"}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "numbers", "message": "Al massimo 500 ticket alla volta."}
    ]
    assert tickets.commands == []
