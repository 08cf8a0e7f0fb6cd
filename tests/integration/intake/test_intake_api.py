"""The forms API: requests become durable exactly once, and nonsense has an exact answer."""

import asyncio
from typing import Any

import pytest

from shared.contracts.desk import Desk
from shared.contracts.people import Context, Requester
from tests.integration.intake.conftest import Running, id_of, signed_in_as
from tests.unit.intake.small_desk import GOOD, make_desk, make_field, make_form

PATH = "/api/forms/every-kind/requests"
BODY: dict[str, Any] = {
    "requester": {"name": "  Hugo Marchi ", "email": "Hugo.Marchi@example.edu"},
    "fields": GOOD,
    "context": {"origin": "faq", "page": "https://www.example.edu/faq?x=1", "reference": "FAQ 12"},
    "language": "en",
}
JSON = {"Content-Type": "application/json"}


async def test_a_request_is_accepted_once_it_is_durable_with_its_event_beside_it(
    intake: Running,
) -> None:
    answer = await intake.client.post(
        PATH, json={**BODY, "fields": {**GOOD, "urgent": True, "amount": 12.5}}
    )

    request_id = id_of(answer)
    assert answer.headers["location"] == f"/api/requests/{request_id}"
    assert answer.json() == {
        "request_id": str(request_id),
        "status_url": f"/api/requests/{request_id}",
    }
    (event,) = await intake.events()
    assert event.request_id == request_id
    assert (event.form, event.subject, event.body, event.language, event.priority) == (
        "every-kind",
        "A title",
        "One\ntwo",
        "en",
        4,
    )
    assert event.fields == {
        "matricola": "123456",
        "mailbox": "someone@example.edu",
        "urgent": True,
        "place": "centro",
        "amount": 12.5,
    }
    assert event.requester == Requester(
        name="Hugo Marchi", email="Hugo.Marchi@example.edu", affiliation="guest"
    )
    assert event.context == Context(
        origin="faq", page="https://www.example.edu/faq?x=1", reference="FAQ 12"
    )
    assert event.submitted_at == intake.clock.now()
    (row,) = await intake.submissions()
    assert (row.id, row.form, row.subject, row.fields, row.priority, row.ticket_number) == (
        request_id,
        "every-kind",
        "A title",
        event.fields,
        4,
        None,
    )
    status = await intake.client.get(answer.headers["location"])
    assert status.json() == {
        "request_id": str(request_id),
        "status": "received",
        "ticket_number": None,
    }


async def test_many_requests_at_once_are_all_there_exactly_once(intake: Running) -> None:
    bodies = [
        {**BODY, "requester": {"name": "Hugo", "email": f"hugo{number}@example.edu"}}
        for number in range(40)
    ]
    answers = await asyncio.gather(*(intake.client.post(PATH, json=body) for body in bodies))

    ids = {id_of(answer) for answer in answers}
    assert len(ids) == 40
    assert {row.id for row in await intake.submissions()} == ids
    assert sorted(event.request_id for event in await intake.events()) == sorted(ids)


async def test_whoever_is_signed_in_is_the_requester_whatever_the_body_says(
    intake: Running,
) -> None:
    headers = signed_in_as("student")
    without = {key: value for key, value in BODY.items() if key != "requester"}

    id_of(await intake.client.post(PATH, json=BODY, headers=headers))
    id_of(await intake.client.post(PATH, json=without, headers=headers))

    giulia = Requester(
        identity="giulia.neri",
        name="Giulia Neri",
        email="giulia.neri@example.edu",
        affiliation="student",
    )
    assert [event.requester for event in await intake.events()] == [giulia, giulia]


@pytest.mark.parametrize(
    ("language", "header", "expected"),
    [("it", "en", "it"), (None, "en-GB,it;q=0.5", "en"), (None, "de", "en"), (None, "", "it")],
)
async def test_the_language_is_the_bodys_then_the_headers_then_italian(
    intake: Running, language: str | None, header: str, expected: str
) -> None:
    body = (
        {**BODY, "language": language}
        if language
        else {key: value for key, value in BODY.items() if key != "language"}
    )

    id_of(await intake.client.post(PATH, json=body, headers={"Accept-Language": header}))

    assert [event.language for event in await intake.events()] == [expected]


async def test_the_trace_of_the_caller_goes_on(intake: Running) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    await intake.client.post(PATH, json=BODY, headers={"traceparent": trace})

    async with intake.database.reading() as connection:
        stored = (await connection.exec_driver_sql("select traceparent from outbox")).scalar_one()
    assert stored == trace


async def test_the_same_key_and_body_get_the_same_answer_and_one_request(intake: Running) -> None:
    headers = {"Idempotency-Key": "key-1"}
    shuffled = dict(reversed(BODY.items()))

    first = await intake.client.post(PATH, json=BODY, headers=headers)
    second = await intake.client.post(PATH, json=shuffled, headers=headers)

    assert (first.status_code, first.json(), first.headers["location"]) == (
        202,
        second.json(),
        second.headers["location"],
    )
    assert len(await intake.submissions()) == len(await intake.events()) == 1


async def test_the_same_key_with_another_body_or_form_is_409(intake: Running) -> None:
    headers = {"Idempotency-Key": "key-1"}
    id_of(await intake.client.post(PATH, json=BODY, headers=headers))

    other_body = await intake.client.post(PATH, json={**BODY, "language": "it"}, headers=headers)
    simple = {**BODY, "fields": {"subject": "a", "description": "b", "consent": True}}
    other_form = await intake.client.post(
        "/api/forms/simple/requests", json=simple, headers=headers
    )

    assert [answer.status_code for answer in (other_body, other_form)] == [409, 409]
    assert other_body.json()["type"] == "urn:sportello:problem:key-reused"
    assert len(await intake.submissions()) == len(await intake.events()) == 1


async def test_a_key_belongs_to_its_caller(intake: Running) -> None:
    key = {"Idempotency-Key": "key-1"}

    answers = [
        await intake.client.post(PATH, json=BODY, headers={**key, **who})
        for who in ({}, signed_in_as("student"), signed_in_as("staff", "hugo.marchi"))
    ]

    assert len({id_of(answer) for answer in answers}) == 3
    assert await intake.keys() == 3


async def test_a_key_of_somebody_not_signed_in_belongs_to_the_address_they_give(
    intake: Running,
) -> None:
    key = {"Idempotency-Key": "key-1"}
    requester = {"name": "Ada Bassi", "email": "ada@example.org"}

    first, other, spelled = [
        await intake.client.post(
            PATH, json={**BODY, "requester": {**requester, "email": email}}, headers=key
        )
        for email in ("ada@example.org", "bea@example.org", "ADA@example.org")
    ]
    changed = await intake.client.post(
        PATH, json={**BODY, "requester": requester, "language": "it"}, headers=key
    )

    assert id_of(first) != id_of(other)
    assert [answer.status_code for answer in (spelled, changed)] == [409, 409], (
        "the same person, and another body"
    )
    assert len(await intake.submissions()) == len(await intake.events()) == 2


async def test_equal_keys_at_the_same_moment_make_one_request(intake: Running) -> None:
    headers = {"Idempotency-Key": "key-1"}
    bodies = [BODY] * 10 + [{**BODY, "language": "it"}]

    answers = await asyncio.gather(
        *(intake.client.post(PATH, json=body, headers=headers) for body in bodies)
    )

    assert len({id_of(answer) for answer in answers[:10]}) == 1
    assert answers[10].status_code == 409
    assert len(await intake.submissions()) == len(await intake.events()) == 1


async def test_an_unknown_request_is_404_however_it_is_called(intake: Running) -> None:
    answers = [
        await intake.client.get(f"/api/requests/{name}")
        for name in (
            "0199f3a0-0000-7000-8000-000000000000",
            "nonsense",
            "%00",
            "1",
            "0199f3a0-0000-7000-8000-00000000000g",
        )
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


async def test_the_list_has_what_is_open_now_to_the_caller(intake: Running) -> None:
    anonymous = (await intake.client.get("/api/forms")).json()
    student = (await intake.client.get("/api/forms", headers=signed_in_as("student"))).json()
    staff = (await intake.client.get("/api/forms", headers=signed_in_as("staff"))).json()

    assert anonymous["items"][0] == {
        "slug": "every-kind",
        "title": "Title",
        "description": "About",
        "audience": [],
        "language": "en",
    }
    assert anonymous["next"] is None
    assert [form["slug"] for form in anonymous["items"]] == ["every-kind", "simple", "clashing"]
    assert [form["slug"] for form in student["items"]] == [
        "every-kind",
        "simple",
        "with-login",
        "for-students",
        "clashing",
    ]
    assert [form["slug"] for form in staff["items"]] == [
        "every-kind",
        "simple",
        "with-login",
        "clashing",
    ]


async def test_the_list_comes_in_parts_where_asked_for(intake: Running) -> None:
    first = (await intake.client.get("/api/forms", params={"limit": 2})).json()
    second = (
        await intake.client.get("/api/forms", params={"limit": 2, "cursor": first["next"]})
    ).json()
    wrong = [
        await intake.client.get("/api/forms", params=query)
        for query in ({"limit": 0}, {"limit": 201}, {"cursor": "x"})
    ]

    assert [form["slug"] for form in first["items"]] == ["every-kind", "simple"]
    assert ([form["slug"] for form in second["items"]], second["next"]) == (["clashing"], None)
    assert [answer.status_code for answer in wrong] == [422, 422, 422]


async def test_a_form_tells_its_questions_and_their_schema(intake: Running) -> None:
    form = (
        await intake.client.get("/api/forms/every-kind", headers={"Accept-Language": "it"})
    ).json()

    names = [field["name"] for field in form["fields"]]
    assert (form["slug"], form["title"], form["language"]) == ("every-kind", "Title (it)", "it")
    assert names[:3] == ["subject", "description", "matricola"]
    assert form["fields"][-1] == {
        "name": "consent",
        "type": "boolean",
        "label": "I agree (it)",
        "help": None,
        "required": True,
        "choices": [],
    }
    assert sorted(form["schema"]["properties"]) == sorted(names)
    place = next(field for field in form["fields"] if field["name"] == "place")
    assert place["choices"][1] == {"value": "polo-nord", "label": "polo-nord (it)"}


@pytest.mark.parametrize(
    ("slug", "headers", "status"),
    [
        ("with-login", {}, 401),
        ("for-students", {}, 401),
        ("for-students", signed_in_as("staff"), 403),
        ("not-yet", {}, 409),
        ("over", signed_in_as("student"), 409),
        ("nowhere", {}, 404),
        ("EVERY-KIND", {}, 404),
        ("%00", {}, 404),
    ],
)
async def test_a_form_that_the_caller_may_not_use_is_refused_to_readers_and_senders_alike(
    intake: Running, slug: str, headers: dict[str, str], status: int
) -> None:
    body = {**BODY, "fields": {"subject": "a", "description": "b", "consent": True}}

    read = await intake.client.get(f"/api/forms/{slug}", headers=headers)
    sent = await intake.client.post(f"/api/forms/{slug}/requests", json=body, headers=headers)

    assert (read.status_code, sent.status_code) == (status, status)
    assert (
        read.headers["content-type"] == sent.headers["content-type"] == "application/problem+json"
    )
    assert await intake.wrote_nothing()


async def test_a_student_may_send_a_form_for_students(intake: Running) -> None:
    body = {
        "fields": {"subject": "a", "description": "b", "consent": True},
        "context": {"origin": "service"},
    }

    id_of(
        await intake.client.post(
            "/api/forms/for-students/requests", json=body, headers=signed_in_as("student")
        )
    )

    assert [event.requester.affiliation for event in await intake.events()] == ["student"]


async def test_a_request_larger_than_the_bus_carries_is_413_and_its_neighbours_are_accepted(
    intake: Running,
) -> None:
    await intake.apply(_desk_with_many_long_texts(), version=2)
    path = "/api/forms/long/requests"
    small = {"subject": "a", "description": "b", "consent": True}
    large = small | {f"text{number}": "\U0001f642" * 20_000 for number in range(4)}

    answers = await asyncio.gather(
        *(
            intake.client.post(path, json={**BODY, "fields": fields})
            for fields in (small, large, small)
        ),
    )

    assert [answer.status_code for answer in answers] == [202, 413, 202]
    assert len(await intake.submissions()) == len(await intake.events()) == 2


async def test_without_a_desk_there_is_nothing_to_fill_in(bare_intake: Running) -> None:
    answers = [
        await bare_intake.client.get("/api/forms"),
        await bare_intake.client.get("/api/forms/tasse"),
        await bare_intake.client.post(PATH, json=BODY),
    ]

    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [
        (503, "30")
    ] * 3
    assert await bare_intake.wrote_nothing()
    ready = await bare_intake.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["desk"] != "ok"


async def test_the_forms_describe_themselves(intake: Running) -> None:
    document = (await intake.client.get("/api/forms/openapi.json")).json()

    assert sorted(document["paths"]) == [
        "/api/forms",
        "/api/forms/{slug}",
        "/api/forms/{slug}/requests",
        "/api/requests/{request_id}",
    ]
    sending = document["paths"]["/api/forms/{slug}/requests"]["post"]
    assert sending["requestBody"]["required"] is True
    assert "Idempotency-Key" in [parameter["name"] for parameter in sending["parameters"]]
    assert (await intake.client.get("/api/forms/docs")).status_code == 200


def _desk_with_many_long_texts() -> Desk:
    return make_desk(
        long=make_form(
            *(make_field(f"text{number}", "textarea", required=False) for number in range(4))
        )
    )
