"""Nonsense against a running installation: always an exact problem, never a 500, never a trace, and
nothing happens.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.fixtures.system import Town
from tests.installation.databases import Row
from tests.installation.http import Answer, Connection
from tests.installation.people import People, Person, tasse_request

pytestmark = pytest.mark.timeout(300)

SEND = "/api/forms/tasse/requests"
LONE = "\\ud800"
"""As it stands in JSON: half of a character."""
PROBLEM = "application/problem+json"


@pytest.fixture
async def unchanged(town: Town, people: People) -> AsyncIterator[str]:
    """The number of a ticket; afterwards nothing has happened to any, there is no further one, and
    no log tells of a mistake.
    """
    number = await people.new_ticket("Nessuno la tocca")
    before, complaints = await deeds(town), town.installation.complaints()
    yield number
    assert await deeds(town) == before
    assert town.installation.complaints() == complaints


async def deeds(town: Town) -> tuple[Any, list[Row]]:
    databases = town.installation.databases
    by_people = (
        "select ticket_id, version, event from history where event <> "
        "'tickets.ticket.notified.v1' order by ticket_id, version"
    )
    return await databases.value(
        "intake", "select count(*) from submissions"
    ), await databases.rows("tickets", by_people)


def check_problem(answer: Answer, status: int) -> dict[str, Any]:
    """Assert that `answer` is a problem as RFC 9457 has it, with this status."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status, answer.headers["content-type"], problem["status"]) == (
        status,
        PROBLEM,
        status,
    ), answer.body
    assert problem["type"].startswith("urn:sportello:problem:")
    assert problem["title"]
    assert problem["detail"]
    assert b"Traceback" not in answer.body
    return problem


OPERATIONS = ("get", "put", "post", "delete", "patch", "head", "options")
PLACES = (
    "%00",
    "%FF",
    "%ED%A0%80",
    "..%2F..",
    "%F0%9F%98%80",
    "9" * 3000,
    "-1",
    "1e999",
    "NaN",
    "'%20or%201=1--",
    "%0D%0AX:%20y",
    "%25",
    "{}",
    "",
)
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"17",
    b'"x"',
    b"[" * 5000,
    b"\xff",
    b'{"\\ud800": 1}',
    b'{"a": 1e999}',
    b'{"body": {"$ne": 1}}',
)


@pytest.mark.usefixtures("unchanged")
async def test_no_operation_of_the_documented_ones_is_brought_down_by_any_of_this(
    people: People,
) -> None:
    dario = await people.sign_in("dario.riva")
    doors = ((dario.portal, "/api/openapi.json"), (dario.intake, "/api/forms/openapi.json"))
    asked = 0
    for door, where in doors:
        for path, operations in (await door.get(where)).json()["paths"].items():
            if path.startswith("/live") or path == "/api/session":
                continue  # a stream has no end; who signs in or out is no nonsense
            for place in PLACES:
                filled = re.sub(r"\{\w+\}", place, path)
                names = [
                    p["name"]
                    for methods in operations.values()
                    for p in methods.get("parameters", [])
                    if p["in"] == "query"
                ]
                answers = [await door.get(f"{filled}?{name}={place}") for name in names] or [
                    await door.get(filled)
                ]
                answers += [
                    await door.send(
                        f"{method.upper()} {filled} HTTP/1.1\r\n{door.head}\r\n".encode()
                    )
                    for method in OPERATIONS
                ]
                for answer in answers:
                    check_sound(answer, path)
                asked += len(answers)
            if "post" in operations:
                for body in BODIES:
                    check_sound(await door.post_bytes(re.sub(r"\{\w+\}", "x", path), body), path)
                    asked += 1
    assert asked > 1000


def check_sound(answer: Answer, path: str) -> None:
    """Assert that `answer` is a success, or a problem that is the caller's."""
    assert answer.status < 500, (path, answer)
    if answer.status >= 400 and answer.body:
        check_problem(answer, answer.status)


def fields_of(answer: Answer) -> list[str]:
    return [error["field"] for error in check_problem(answer, 422)["errors"]]


def string_places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every string in a JSON value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from string_places(inner, (*path, key))


def spoilt(body: dict[str, Any], place: tuple[str, ...], text: str) -> bytes:
    """The JSON of `body` with `text`, written as it is, inside the string at `place`."""
    changed = copy.deepcopy(body)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = "MARK"
    return json.dumps(changed).replace('"MARK"', f'"a{text}b"').encode()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("text", [LONE, "\\udfff", "\\ud83d\\u0041", "\\u0000"])
async def test_half_characters_and_nul_are_named_in_every_string_of_a_request(
    people: People, text: str
) -> None:
    body = tasse_request("Testo guasto")
    body["context"]["reference"] = "FAQ 3"

    answers = {
        place: await people.nobody.intake.post_bytes(SEND, spoilt(body, place, text))
        for place in string_places(body)
    }
    as_key = await people.nobody.intake.post_bytes(
        SEND, json.dumps(body).replace('"anno"', f'"an{text}no"').encode()
    )

    assert len(answers) == 10
    assert {place: fields_of(answer) for place, answer in answers.items()} == {
        place: [".".join(place)] for place in answers
    }
    assert len(fields_of(as_key)) == 1


@pytest.mark.parametrize("text", [LONE, "\\u0000"])
async def test_half_characters_and_nul_are_named_in_every_string_of_a_command(
    people: People, unchanged: str, text: str
) -> None:
    anna = await people.sign_in("anna.ferri")
    giulia = await people.sign_in("giulia.neri")
    ticket, own = f"/api/tickets/{unchanged}", f"/api/my/requests/{unchanged}"
    calls: list[tuple[Person, str, dict[str, Any]]] = [
        (anna, f"{ticket}/assign", {"operator": "x", "reason": "x"}),
        (anna, f"{ticket}/responsible", {"operator": "x", "reason": "x"}),
        (anna, f"{ticket}/reply", {"body": "x"}),
        (anna, f"{ticket}/ask", {"body": "x"}),
        (anna, f"{ticket}/note", {"body": "x"}),
        (anna, f"{ticket}/close", {"outcome": "successful", "answer": "x"}),
        (anna, f"{ticket}/reopen", {"reason": "x"}),
        (giulia, f"{own}/reply", {"body": "x"}),
        (people.nobody, "/api/session", {"identity": "x"}),
    ]

    for person, path, body in calls:
        for place in string_places(body):
            answer = await person.portal.post_bytes(path, spoilt(body, place, text))
            assert fields_of(answer) == [".".join(place)], (path, place)


@pytest.mark.parametrize("face", ["intake", "portal"])
async def test_ten_megabytes_are_refused_and_the_sender_really_hears_it(
    people: People, unchanged: str, face: str
) -> None:
    anna = await people.sign_in("anna.ferri")
    body = json.dumps({"body": "a" * 10_000_000}).encode()
    door, path = (
        (anna.intake, SEND) if face == "intake" else (anna.portal, f"/api/tickets/{unchanged}/note")
    )
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\n{door.head}Content-Type: "
        f"application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()

    by_length = await door.post_bytes(path, body)
    in_chunks = await door.send(head + chunk * 160 + b"0\r\n\r\n")
    of_any_kind = await door.post_bytes(path, body, kind="text/plain")
    just_over = await door.post_bytes(path, b'"' + b"a" * (1024 * 1024) + b'"')
    as_large_as_may_be = await door.post_bytes(path, b'"' + b"a" * (1024 * 1024 - 2) + b'"')

    for answer in (by_length, in_chunks, of_any_kind, just_over):
        check_problem(answer, 413)
    check_problem(as_large_as_may_be, 422)


NOT_JSON = {
    "nothing": b"",
    "half": b'{"body": ',
    "not utf-8": b'{"body": "\xff"}',
    "utf-16": '{"body": "x"}'.encode("utf-16"),
    "two values": b"{} {}",
    "no number": b'{"body": NaN}',
    "endless": b'{"body": 1e999}',
    "deep lists": b"[" * 200_000,
    "deep and closed": b"[" * 20_000 + b"]" * 20_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a long number": b'{"body": ' + b"9" * 5_000 + b"}",
    "a list": b"[]",
    "null": b"null",
    "a text": b'"body"',
    "a number": b"17",
    "another type": b'{"body": 17}',
    "a truth": b'{"body": true}',
    "an object": b'{"body": {"body": "x"}}',
    "unknown keys": b'{"body": "x", "number": "1"}',
    "blank": b'{"body": " \\n "}',
    "too long": json.dumps({"body": "x" * 20_001}).encode(),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_a_body_that_is_no_such_json_is_named(
    people: People, unchanged: str, body: bytes
) -> None:
    anna = await people.sign_in("anna.ferri")

    sent = await people.nobody.intake.post_bytes(SEND, body)
    noted = await anna.portal.post_bytes(f"/api/tickets/{unchanged}/note", body)

    assert fields_of(sent)
    assert fields_of(noted)


KINDS = (
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
)


async def test_a_body_of_another_kind_is_refused_as_such(people: People, unchanged: str) -> None:
    anna = await people.sign_in("anna.ferri")

    for kind in KINDS:
        check_problem(await people.nobody.intake.post_bytes(SEND, b"body=x", kind=kind), 415)
        check_problem(
            await anna.portal.post_bytes(f"/api/tickets/{unchanged}/note", b"body=x", kind=kind),
            415,
        )


KEYS = {
    "empty": "Idempotency-Key: \r\n",
    "256 characters": f"Idempotency-Key: {'k' * 256}\r\n",
    "a blank": "Idempotency-Key: a b\r\n",
    "not ascii": "Idempotency-Key: è\r\n",
    "a tab": "Idempotency-Key: a\tb\r\n",
    "two": "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
}


@pytest.mark.parametrize("head", KEYS.values(), ids=KEYS.keys())
async def test_a_malformed_key_is_named_and_nothing_is_done(
    people: People, unchanged: str, head: str
) -> None:
    anna = await people.sign_in("anna.ferri")
    body = json.dumps(tasse_request("Con una chiave guasta")).encode()

    sent = await people.nobody.intake.post_bytes(SEND, body, head)
    taken = await anna.portal.post_bytes(f"/api/tickets/{unchanged}/take", b"{}", head)

    assert (fields_of(sent), fields_of(taken)) == (["Idempotency-Key"], ["Idempotency-Key"])


@pytest.mark.usefixtures("unchanged")
async def test_wrong_answers_to_a_form_are_named_each(people: People) -> None:
    body = tasse_request("x")
    body["fields"] = {
        "subject": "", "description": 17, "matricola": "12345", "anno": "2026", "importo": -1,
        "consent": False, "colore": "rosso",
    }  # fmt: skip
    huge = tasse_request("x")
    huge["fields"]["importo"] = 10**400

    wrong = await people.nobody.intake.post(SEND, body)
    too_much = await people.nobody.intake.post_bytes(SEND, json.dumps(huge).encode())
    nowhere = [
        await people.nobody.intake.post(f"/api/forms/{slug}/requests", tasse_request("x"))
        for slug in ("nessuno", "..%2Ftasse")
    ]
    who = await people.nobody.post("/api/session", {"identity": "nessuno.qui"})

    assert sorted(fields_of(wrong)) == sorted(f"fields.{name}" for name in body["fields"])
    assert fields_of(too_much)
    for answer in nowhere:
        check_problem(answer, 404)
    assert check_problem(who, 422)["errors"][0]["field"] == "identity"


CURSORS = ("x", "%00", "%FF", "e30", "W10", "A" * 5000, "%F0%9F%98%80", "-1", "null")


async def test_malformed_cursors_and_parameters_are_named(people: People, unchanged: str) -> None:
    anna, giulia = await people.sign_in("anna.ferri"), await people.sign_in("giulia.neri")

    for cursor in CURSORS:
        for person, path in (
            (anna, "/api/tickets"),
            (giulia, "/api/my/requests"),
            (anna, f"/api/tickets/{unchanged}/history"),
        ):
            assert fields_of(await person.portal.get(f"{path}?cursor={cursor}")) == ["cursor"], (
                path,
                cursor,
            )
    for query, field in (
        ("limit=0", "limit"),
        ("limit=9999999999999999999999", "limit"),
        ("state=sleeping", "state"),
        ("sort=x", "sort"),
    ):
        assert fields_of(await anna.portal.get(f"/api/tickets?{query}")) == [field]
    assert (await anna.read("/api/tickets?queue=nessuna"))["items"] == []


ODD_PATHS = (
    "/api/tickets/%00", "/api/tickets/%FF", "/api/tickets/%ED%A0%80", "/api/tickets/..",
    "/api/tickets/../../etc/passwd",
    "/api/tickets/%2e%2e/%2e%2e/etc/passwd", "/api/tickets/..%2f..%2fetc%2fpasswd",
    "//api/tickets/x", "/api//tickets", "/api/tickets/x/",
    "/api/tickets/%", "/api/tickets/%zz", "/api/tickets/" + "9" * 6000,
    "/api/tickets/%0d%0aX-Evil:%201", "/API/TICKETS", "/api",
    "/static/../settings.py", "/static/%2e%2e/%2e%2e/settings.py", "/static/..%2f..%2fsettings.py",
    "/static/nothing.css", "/static/",
    "/api/requests/x", "/api/requests/%00", "/api/forms/%00", "/api/forms/x",
    "/api/forms/tasse/requests/x", "/demo/mail/..%2f..%2fsecret",
    "/nowhere",
)  # fmt: skip


@pytest.mark.usefixtures("unchanged")
async def test_odd_paths_are_not_there(people: People) -> None:
    anna = await people.sign_in("anna.ferri")

    for path in ODD_PATHS:
        for door in (anna.portal, anna.intake):
            answer = await door.get(path)
            check_problem(answer, 404)
            assert "x-evil" not in answer.headers


BROKEN_HTTP = (
    b"\x00\x01\x02\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
)


@pytest.mark.usefixtures("unchanged")
async def test_what_is_no_http_is_answered_400_or_hung_up_on_and_disturbs_nobody(
    people: People,
) -> None:
    door = people.nobody.portal

    for request in BROKEN_HTTP:
        try:
            async with asyncio.timeout(10), Connection(door.base_url) as connection:
                assert (await connection.send(request)).status in (400, 404)
        except (OSError, EOFError):
            pass  # hung up without a word: also an answer to what is no question
        assert (await door.get("/health/live")).status == 200


async def test_wrong_methods_are_refused_as_such(people: People, unchanged: str) -> None:
    anna = await people.sign_in("anna.ferri")
    calls = [
        ("PUT", f"/api/tickets/{unchanged}"),
        ("PATCH", f"/api/tickets/{unchanged}"),
        ("DELETE", f"/api/tickets/{unchanged}"),
    ]
    calls += [
        ("GET", f"/api/tickets/{unchanged}/take"),
        ("POST", "/api/queues"),
        ("POST", "/api/me"),
        ("PUT", "/api/session"),
    ]

    for method, path in calls:
        answer = await anna.portal.post_bytes(path, b"{}", method=method)
        check_problem(answer, 405)
        assert answer.headers["allow"]
    for method, path in (("GET", SEND), ("DELETE", "/api/forms"), ("PUT", "/api/forms/tasse")):
        check_problem(await people.nobody.intake.post_bytes(path, b"{}", method=method), 405)


TOKENS = (
    "",
    "x",
    "Bearer",
    "Bearer ",
    "Bearer a.b.c",
    "Bearer " + "A" * 5000,
    "Basic YTpi",
    "Bearer è",
)


@pytest.mark.usefixtures("unchanged")
async def test_tokens_that_are_none_are_nobody(people: People) -> None:
    door = people.nobody.portal

    for token in TOKENS:
        head = f"GET /api/me HTTP/1.1\r\n{door.head}Authorization: {token}\r\n\r\n".encode()
        answer = await door.send(head)
        check_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
