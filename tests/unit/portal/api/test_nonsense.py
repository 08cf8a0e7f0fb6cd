"""Whatever is sent, the answer is exact: never a 500, and nobody is asked to do anything."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.core.ids import derived_id
from shared.database.database import Database
from shared.web.pagination import make_cursor
from tests.factories.portal_events import make_created, make_number
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

N = make_number(1)
JSON = {"Content-Type": "application/json"}
LONG_NUMBER = b"1" + b"0" * 5000


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/tickets?limit=0", 422, "limit"),
        ("/api/tickets?limit=201", 422, "limit"),
        ("/api/tickets?limit=-1", 422, "limit"),
        ("/api/tickets?limit=ten", 422, "limit"),
        ("/api/tickets?limit=1.5", 422, "limit"),
        ("/api/tickets?limit=", 422, "limit"),
        ("/api/tickets?limit=%D9%A1", 422, "limit"),
        ("/api/tickets?cursor=", 422, "cursor"),
        ("/api/tickets?cursor=abc", 422, "cursor"),
        ("/api/tickets?cursor=%C3%A8", 422, "cursor"),
        ("/api/tickets?cursor=" + "A" * 3000, 422, "cursor"),
        (
            "/api/tickets?cursor="
            + make_cursor("tickets created_at", ["2026-09-28T08:00:00+00:00", N]),
            422,
            "cursor",
        ),
        (
            "/api/tickets?cursor=" + make_cursor("tickets -created_at", ["yesterday", N]),
            422,
            "cursor",
        ),
        (
            "/api/tickets?cursor=" + make_cursor("tickets -created_at", ["2026-09-28T08:00:00", N]),
            422,
            "cursor",
        ),
        ("/api/tickets?cursor=" + make_cursor("tickets -created_at", [3, N]), 422, "cursor"),
        *[
            (
                "/api/tickets?cursor=" + make_cursor("tickets -created_at", [moment, N]),
                422,
                "cursor",
            )
            for moment in (
                "0001-01-01T00:00:00+23:59",
                "9999-12-31T23:59:59-23:59",
                "1999-12-31T00:00:00+00:00",
                "-4713-01-01T00:00:00Z",
            )
        ],
        (
            "/api/tickets?cursor="
            + make_cursor("tickets -created_at", ["2026-09-28T08:00:00+00:00", "1\x00"]),
            422,
            "cursor",
        ),
        (
            "/api/notices?cursor="
            + make_cursor("notices", ["0001-01-01T00:00:00+23:59", str(UUID(int=1))]),
            422,
            "cursor",
        ),
        (
            "/api/tickets?cursor="
            + make_cursor("tickets -created_at", ["2026-09-28T08:00:00+00:00"]),
            422,
            "cursor",
        ),
        (
            "/api/tickets?sort=priority&cursor=" + make_cursor("tickets priority", [2**60, N]),
            422,
            "cursor",
        ),
        (
            "/api/tickets?sort=priority&cursor=" + make_cursor("tickets priority", [True, N]),
            422,
            "cursor",
        ),
        ("/api/tickets?state=closed", 422, "state"),
        ("/api/tickets?state=new,", 422, "state"),
        ("/api/tickets?state=new,sleeping", 422, "state"),
        ("/api/tickets?state=NEW", 422, "state"),
        ("/api/tickets?sort=owner", 422, "sort"),
        ("/api/tickets?sort=--created_at", 422, "sort"),
        ("/api/tickets?sort=created_at;drop", 422, "sort"),
        ("/api/tickets?q=%00", 422, "q"),
        ("/api/tickets?q=%FF", 422, "q"),
        ("/api/tickets?q=%ED%A0%80", 422, "q"),
        ("/api/tickets?q=" + "a" * 201, 422, "q"),
        ("/api/tickets?queue=%00", 422, "queue"),
        (f"/api/tickets/{N}/history?limit=x", 422, "limit"),
        (f"/api/tickets/{N}/history?cursor=x", 422, "cursor"),
        (f"/api/tickets/{N}/history?cursor=" + make_cursor(f"history {N}", [2**40]), 422, "cursor"),
        (f"/api/tickets/{N}/history?cursor=" + make_cursor(f"history {N}", [-1]), 422, "cursor"),
        ("/api/my/requests?limit=x", 422, "limit"),
        ("/api/my/requests?state=shut", 422, "state"),
        ("/api/my/requests?sort=number", 422, "sort"),
        ("/api/queues?limit=0", 422, "limit"),
        ("/api/queues?cursor=x", 422, "cursor"),
        ("/api/my/requests?cursor=x", 422, "cursor"),
    ],
)
async def test_a_malformed_parameter_is_named(
    path: str, status: int, field: str, browser: Browser, project: Project
) -> None:
    await project([make_created(1)])

    answer = await browser("anna.ferri").get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/api/tickets?queue=nessuna",
        "/api/tickets?queue=%2F..%2F",
        "/api/tickets?request_type=nessuno",
        "/api/tickets?owner=%27%20or%201=1",
    ],
)
async def test_what_is_unknown_gives_an_empty_list(
    path: str, browser: Browser, project: Project
) -> None:
    await project([make_created(1)])

    answer = await browser("anna.ferri").get(path)

    assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})


@pytest.mark.parametrize(
    "path",
    [
        "/api/tickets/abc",
        "/api/tickets/%00",
        "/api/tickets/%FF",
        "/api/tickets/%20",
        "/api/tickets/../../etc/passwd",
        "/api/tickets/" + "9" * 5000,
        f"/api/tickets/{make_number(9)}",
        f"/api/tickets/{N}x",
        "/api/tickets/abc/history",
        "/api/my/requests/abc",
        f"/api/my/requests/{N}",
        "/api/nothing",
        f"/api/tickets/{N}/nothing",
    ],
)
async def test_what_is_not_there_is_not_there_in_the_same_words(
    path: str, browser: Browser, project: Project
) -> None:
    await project([make_created(1)])
    client = browser("anna.ferri")

    answer, absent = await client.get(path), await client.get(f"/api/tickets/{make_number(8)}")

    assert answer.status_code == absent.status_code == 404
    assert answer.json() == absent.json()


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", JSON, 422),
        (b"", JSON, 422),
        (b"null", JSON, 422),
        (b"[]", JSON, 422),
        (b'"body"', JSON, 422),
        (b"\xff\xfe", JSON, 422),
        (b'{"body": 1}', JSON, 422),
        (b'{"body": null}', JSON, 422),
        (b'{"body": ""}', JSON, 422),
        (b'{"body": " \\n\\t "}', JSON, 422),
        (b'{"body": ["x"]}', JSON, 422),
        (b'{"text": "x"}', JSON, 422),
        (b'{"body": "x", "to": "y"}', JSON, 422),
        (b'{"body": "\\u0000"}', JSON, 422),
        (b'{"body": "\\ud800"}', JSON, 422),
        (b'{"body": ' + LONG_NUMBER + b"}", JSON, 422),
        (b'{"body": "' + b"x" * 20_001 + b'"}', JSON, 422),
        (b'{"body": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 422),
        (b'{"body": "x"}', {"Content-Type": "text/plain"}, 415),
        (b"body=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b'{"body": "' + b"x" * 10_000_000 + b'"}', JSON, 413),
        (b'{"body": "x"}', JSON | {"Idempotency-Key": ""}, 422),
        (b'{"body": "x"}', JSON | {"Idempotency-Key": "k" * 256}, 422),
        (b'{"body": "x"}', JSON | {"Idempotency-Key": "two words"}, 422),
        (b'{"body": "x"}', JSON | {"Idempotency-Key": "caff\u00e8".encode()}, 422),
    ],
)
@pytest.mark.parametrize("path", [f"/api/tickets/{N}/reply", f"/api/my/requests/{N}/reply"])
async def test_a_malformed_body_is_refused_before_anybody_is_asked(
    path: str,
    content: bytes,
    headers: Mapping[str, str],
    status: int,
    browser: Browser,
    tickets: FakeTickets,
) -> None:
    answer = await browser("anna.ferri").post(path, content=content, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert tickets.commands == []


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("take", {"force": True}, "force"),
        ("take", [], "body"),
        ("assign", {}, "operator"),
        ("assign", {"operator": ""}, "operator"),
        ("assign", {"operator": "x" * 101}, "operator"),
        ("assign", {"operator": "bruno.galli", "reason": "r" * 2001}, "reason"),
        ("responsible", {"operator": ["bruno.galli"]}, "operator"),
        ("close", {"outcome": "perhaps", "answer": "x"}, "outcome"),
        ("close", {"outcome": "successful"}, "answer"),
        ("close", {"outcome": "successful", "answer": " "}, "answer"),
        ("reopen", {"reason": ""}, "reason"),
        ("reopen", {}, "reason"),
        ("children", {"queue": "ict", "subject": " ", "body": "x"}, "subject"),
        ("children", {"queue": "ict", "subject": "x" * 201, "body": "x"}, "subject"),
        ("children", {"queue": "ict", "subject": "x"}, "body"),
        ("children", {"subject": "x", "body": "x"}, "request_type"),
        (
            "children",
            {"queue": None, "request_type": None, "subject": "x", "body": "x"},
            "request_type",
        ),
        (
            "children",
            {"queue": "ict", "request_type": "tasse", "subject": "x", "body": "x"},
            "request_type",
        ),
        ("children", {"queue": "ict", "subject": "x", "body": "x", "fields": []}, "fields"),
        (
            "children",
            {"queue": "ict", "subject": "x", "body": "x", "fields": {"Anno!": 1}},
            "fields.Anno!.[key]",
        ),
        (
            "children",
            {
                "queue": "ict",
                "subject": "x",
                "body": "x",
                "fields": {f"f{n}": n for n in range(101)},
            },
            "fields",
        ),
        ("bounce", {}, "reason"),
        ("bounce", {"reason": "  "}, "reason"),
        ("resend", {"fields": {}}, "body"),
        ("withdraw", {"reason": "x"}, "reason"),
        ("decide", {"step": "first", "decision": "wait"}, "decision"),
        ("decide", {"decision": "stop"}, "step"),
        ("merge", {}, "into"),
        ("merge", {"into": N, "reason": "x"}, "reason"),
        ("merge", {"into": "9" * 41}, "into"),
        ("links", {"to": N}, "kind"),
        ("links", {"to": N, "kind": "parent"}, "kind"),
        ("watch", {"operator": "anna.ferri"}, "operator"),
        ("forward", {"to": "", "body": "x"}, "to"),
        ("forward", {"to": "x" * 321, "body": "x"}, "to"),
        ("undo", {"version": 0}, "version"),
        ("undo", {"version": "2"}, "version"),
        ("undo", {"version": 2.5}, "version"),
        ("undo", {"version": 2**31}, "version"),
        ("move", {"reason": "x"}, "queue"),
        ("priority", {"priority": 9}, "priority"),
        ("postpone", {"until": "2026-10-01T10:00:00"}, "until"),
        ("postpone", {"until": 1893456000}, "until"),
        ("postpone", {"until": "1893456000"}, "until"),
        ("postpone", {"until": "20300101"}, "until"),
    ],
)
async def test_each_call_names_the_field_that_is_wrong(
    verb: str, body: object, field: str, browser: Browser, tickets: FakeTickets
) -> None:
    answer = await browser("anna.ferri").post(f"/api/tickets/{N}/{verb}", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert tickets.commands == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/me"),
        ("GET", "/api/queues"),
        ("GET", "/api/tickets?limit=x"),
        ("GET", f"/api/tickets/{N}"),
        ("GET", "/api/tickets/%00"),
        ("GET", f"/api/tickets/{N}/history"),
        ("POST", f"/api/tickets/{N}/take"),
        ("POST", f"/api/tickets/{N}/reply"),
        ("GET", "/api/my/requests"),
        ("POST", f"/api/tickets/{N}/children"),
        ("POST", "/api/tickets/bulk"),
        ("GET", "/api/notices"),
        ("POST", "/api/notices/read"),
        ("PUT", "/api/notices/preferences"),
        ("POST", f"/api/my/requests/{N}/withdraw"),
        ("GET", "/live"),
    ],
)
@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", "x" * 5000])
async def test_somebody_unknown_hears_401_before_anything_else(
    method: str, path: str, token: str | None, browser: Browser
) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    answer = await browser(None).request(
        method, path, content=b"{" if method == "POST" else None, headers=headers | JSON
    )

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path",
    [
        "/api/queues",
        "/api/tickets",
        "/api/tickets?owner=me",
        "/api/notices",
        "/api/notices/unread",
        "/api/notices/preferences",
    ],
)
async def test_the_operators_lists_are_not_for_requesters(path: str, browser: Browser) -> None:
    assert (await browser("giulia.neri").get(path)).status_code == 403


BULK: dict[str, object] = {"numbers": [N], "action": "take"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], ["body"]),
        ({}, ["action", "numbers"]),
        ({"numbers": [N]}, ["action"]),
        (BULK | {"numbers": []}, ["numbers"]),
        (BULK | {"numbers": N}, ["numbers"]),
        (BULK | {"numbers": [1]}, ["numbers.0"]),
        (BULK | {"numbers": [N, ""]}, ["numbers.1"]),
        (BULK | {"numbers": [N, N]}, ["numbers"]),
        (BULK | {"numbers": [make_number(n) for n in range(501)]}, ["numbers"]),
        (BULK | {"action": "bulk"}, ["action"]),
        (BULK | {"action": "TAKE"}, ["action"]),
        (BULK | {"action": None}, ["action"]),
        (BULK | {"action": ["take"]}, ["action"]),
        (BULK | {"force": True}, ["force"]),
        (BULK | {"action": "move"}, ["queue"]),
        (BULK | {"action": "priority", "priority": 9}, ["priority"]),
        (BULK | {"action": "close", "outcome": "perhaps", "answer": ""}, ["answer", "outcome"]),
        (BULK | {"action": "merge", "into": 7}, ["into"]),
    ],
)
async def test_a_malformed_bulk_is_refused_as_a_whole(
    body: object, fields: list[str], browser: Browser, tickets: FakeTickets
) -> None:
    answer = await browser("anna.ferri").post("/api/tickets/bulk", json=body)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert sorted(error["field"] for error in answer.json()["errors"]) == fields
    assert tickets.commands == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_bulk_is_no_ticket(method: str, browser: Browser) -> None:
    answer = await browser("anna.ferri").request(method, "/api/tickets/bulk")

    assert answer.status_code == (404 if method == "GET" else 405)


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "?unread=perhaps", None, "unread"),
        ("GET", "?limit=0", None, "limit"),
        ("GET", "?cursor=x", None, "cursor"),
        (
            "GET",
            "?cursor=" + make_cursor("notices", ["yesterday", str(derived_id("notice"))]),
            None,
            "cursor",
        ),
        (
            "GET",
            "?cursor=" + make_cursor("notices", ["2026-09-28T08:00:00", str(derived_id("notice"))]),
            None,
            "cursor",
        ),
        (
            "GET",
            "?cursor=" + make_cursor("notices", ["2026-09-28T08:00:00+00:00", "7"]),
            None,
            "cursor",
        ),
        ("POST", "/read", {}, "all"),
        ("POST", "/read", {"all": False}, "all"),
        ("POST", "/read", {"ids": []}, "ids"),
        ("POST", "/read", {"ids": ["7"]}, "ids.0"),
        ("POST", "/read", {"ids": [str(derived_id("notice"))], "all": True}, "all"),
        ("PUT", "/preferences", {}, "rhythm"),
        ("PUT", "/preferences", {"rhythm": "hourly"}, "rhythm"),
        ("PUT", "/preferences", {"rhythm": "each", "muted": ["everything"]}, "muted.0"),
        ("PUT", "/preferences", {"rhythm": "each", "muted": ["note", "note"]}, "muted"),
    ],
)
async def test_nonsense_about_notices_is_named(
    method: str, path: str, body: object, field: str, browser: Browser, tickets: FakeTickets
) -> None:
    answer = await browser("anna.ferri").request(method, f"/api/notices{path}", json=body)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert tickets.commands == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/me"), ("DELETE", f"/api/tickets/{N}"), ("PATCH", f"/api/tickets/{N}/take")],
)
async def test_other_methods_are_not_taken(method: str, path: str, browser: Browser) -> None:
    answer = await browser("anna.ferri").request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


async def test_without_a_desk_everything_says_come_again(
    browser: Browser, database: Database
) -> None:
    async with database.transaction() as uow:
        await uow.connection.execute(text("delete from desk_copy"))
    client = browser("anna.ferri")

    answers = [
        await client.get(path)
        for path in (
            "/api/me",
            "/api/queues",
            "/api/tickets",
            f"/api/tickets/{N}",
            "/api/my/requests",
        )
    ]

    assert [answer.status_code for answer in answers] == [503] * 5
    assert all("retry-after" in answer.headers for answer in answers)
