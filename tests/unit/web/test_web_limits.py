"""What comes in is bounded and sound before a handler sees it; everything else has an exact
answer.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from shared.web.errors import TooManyRequests, problem_of
from shared.web.language import translator
from shared.web.rate import Buckets
from tests.unit.web.small_app import ANNA, client_of, make_app, token_of

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_body_of_ten_megabytes_is_413() -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post("/api/shape", content=b"x" * 10_000_000, headers=JSON)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The request is larger than 1,024 KiB."
    assert app.state.seen == []


async def test_a_chunked_body_is_counted_as_it_comes_and_read_to_its_end() -> None:
    app = make_app(max_body_bytes=1000)
    given: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(20):
            given.append(number)
            yield b"x" * 100

    async with client_of(app) as client:
        answer = await client.post("/api/shape", content=chunks(), headers=JSON)

    assert answer.status_code == 413
    assert len(given) == 20
    assert app.state.seen == []


async def test_a_body_without_end_is_answered_once_the_patience_is_used_up() -> None:
    app = make_app(max_body_bytes=1000, thrown_away_bytes=5000)
    sent = await _speak(
        app,
        ({"type": "http.request", "body": b"x" * 500, "more_body": True} for _ in range(1_000_000)),
    )

    assert sent[0]["status"] == 413


async def test_a_content_length_that_lies_is_not_believed() -> None:
    app = make_app(max_body_bytes=1000)
    async with client_of(app) as client:
        small = await client.post(
            "/api/shape", content=b'{"text": "a"}', headers={**JSON, "Content-Length": "999999999"}
        )
        large = await client.post(
            "/api/shape", content=b"x" * 2000, headers={**JSON, "Content-Length": "2"}
        )

    assert (small.status_code, large.status_code) == (200, 413)


async def test_a_client_that_goes_away_while_sending_is_no_error() -> None:
    app = make_app()
    sent = await _speak(
        app,
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}],
    )

    assert sent == []
    assert app.state.seen == []


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"{", "body", "The body is not valid JSON."),
        (b"nonsense", "body", "The body is not valid JSON."),
        (b'{"text": NaN}', "body", "The body is not valid JSON."),
        (b'{"text": 1e999999}', "body", "The body is not valid JSON."),
        (b"\xff\xfe{}", "body", "The body is not valid JSON."),
        (b'{"text": "\x00"}', "body", "The body is not valid JSON."),
        (b'{"text": "\\u0000"}', "text", "This contains a character that is not allowed (NUL)."),
        (
            b'{"inner": {"deep": ["a", "\\u0000"]}}',
            "inner.deep.1",
            "This contains a character that is not allowed (NUL).",
        ),
        (b'{"a\\u0000": 1}', "body", "This contains a character that is not allowed (NUL)."),
        (b'{"text": "\\ud800"}', "text", "This is not valid Unicode text."),
        (b'{"inner": {"x": "\\udc00y"}}', "inner.x", "This is not valid Unicode text."),
        (b"[" * 200_000, "body", "The JSON is nested too deeply."),
        (b"[" * 40 + b"]" * 40, "body", "The JSON is nested too deeply."),
        (b'{"a":' * 600 + b"1" + b"}" * 600, "body", "The JSON is nested too deeply."),
        (
            b'{"text": ' + b"[" * 40 + b"]" * 40 + b', "text": "x"}',
            "body",
            "The JSON is nested too deeply.",
        ),
        (b'{"text": ' + b"9" * 5000 + b"}", "body", "The body is not valid JSON."),
    ],
)
async def test_json_that_cannot_be_worked_with_is_422_naming_where(
    body: bytes, field: str, message: str
) -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post("/api/shape", content=body, headers=JSON)

    assert answer.status_code == 422
    assert {"field": field, "message": message} in answer.json()["errors"]
    assert app.state.seen == []


async def test_each_field_that_is_no_text_is_named_in_the_order_in_which_it_was_sent() -> None:
    no_nul, no_text = (
        "This contains a character that is not allowed (NUL).",
        "This is not valid Unicode text.",
    )
    many = b",".join(b'"f%d": "\\u0000"' % number for number in range(60))
    async with client_of(make_app()) as client:
        sent = [
            await client.post(
                "/api/shape",
                content=b'{"text": "\\u0000", "inner": {"b": ["\\u0000"], "a": "x\\u0000"}}',
                headers=JSON,
            ),
            await client.post(
                "/api/shape",
                content=b'{"text": "\\ud800", "inner": {"x": "\\udc00"}}',
                headers=JSON,
            ),
            await client.post(
                "/form", content=b"name=a%00&text=fine&mail=%00&other=%FF&last=%", headers=FORM
            ),
            await client.get("/api/list?q=%00&limit=5&sort=%ED%A0%80"),
            await client.post("/api/shape", content=b"{" + many + b"}", headers=JSON),
        ]

    named = [
        [(error["field"], error["message"]) for error in answer.json()["errors"]] for answer in sent
    ]
    assert [answer.status_code for answer in sent] == [422] * 5
    assert named[0] == [("text", no_nul), ("inner.b.0", no_nul), ("inner.a", no_nul)]
    assert named[1] == [("text", no_text), ("inner.x", no_text)]
    assert named[2] == [("name", no_nul), ("mail", no_nul), ("other", no_text), ("last", no_text)]
    assert named[3] == [("q", no_nul), ("sort", no_text)]
    assert [field for field, _ in named[4]] == [f"f{number}" for number in range(50)]


async def test_the_text_backslash_u0000_is_no_nul() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post(
            "/api/shape", content=b'{"text": "a", "inner": {"x": "\\\\u0000"}}', headers=JSON
        )

    assert answer.status_code == 200
    assert answer.json()["inner"] == {"x": "\\u0000"}


async def test_a_long_text_of_digits_is_no_number() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/api/shape", json={"text": "a", "inner": {"x": "7" * 5000}})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
    ],
)
async def test_the_api_takes_only_json(kind: str) -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post(
            "/api/shape", content=b'{"text": "a"}', headers={"Content-Type": kind}
        )

    assert answer.status_code == 415
    assert answer.json()["detail"] == "Send JSON, with Content-Type: application/json."
    assert app.state.seen == []


async def test_what_the_api_is_sent_without_a_kind_is_taken_for_json() -> None:
    app = make_app()
    async with client_of(app) as client:
        sound = await client.post("/api/shape", content=b'{"text": "a"}')
        broken = await client.post("/api/shape", content=b'{"text": ')

    assert (sound.status_code, broken.status_code) == (200, 422)
    assert broken.json()["errors"] == [{"field": "body", "message": "The body is not valid JSON."}]
    assert len(app.state.seen) == 1


async def test_json_with_a_charset_or_a_suffix_is_json() -> None:
    async with client_of(make_app()) as client:
        with_charset = await client.post(
            "/api/shape",
            content=b'{"text": "a"}',
            headers={"Content-Type": "Application/JSON; charset=utf-8"},
        )
        with_suffix = await client.post(
            "/api/shape",
            content=b'{"text": "a"}',
            headers={"Content-Type": "application/merge-patch+json"},
        )

    assert (with_charset.status_code, with_suffix.status_code) == (200, 200)


async def test_an_empty_body_needs_no_content_type() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/api/empty")

    assert answer.status_code == 200


async def test_form_fields_are_read_with_their_accents_and_line_breaks() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post(
            "/form", data={"name": "Niccolò", "text": "one\r\ntwo", "empty": ""}
        )

    assert answer.json() == {"name": "Niccolò", "text": "one\r\ntwo", "empty": ""}


@pytest.mark.parametrize(
    ("body", "status", "field", "message"),
    [
        (b"name=a%00b", 422, "name", "This contains a character that is not allowed (NUL)."),
        (
            b"ok=1&na%00me=b",
            422,
            "na\ufffdme",
            "This contains a character that is not allowed (NUL).",
        ),
        (b"name=%ED%A0%80", 422, "name", "This is not valid Unicode text."),
        (b"name=%FF", 422, "name", "This is not valid Unicode text."),
        ("name=è".encode("latin-1"), 422, "name", "This is not valid Unicode text."),
        (b"&".join(b"a=1" for _ in range(2000)), 422, "body", "There are too many fields."),
    ],
)
async def test_form_fields_that_are_no_text_are_refused_by_name(
    body: bytes, status: int, field: str, message: str
) -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post("/form", content=body, headers=FORM)

    assert answer.status_code == status
    assert answer.json()["errors"] == [{"field": field, "message": message}]
    assert app.state.seen == []


async def test_a_page_takes_no_plain_text() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post(
            "/form", content=b"name=x", headers={"Content-Type": "text/plain"}
        )

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("q=%00", "q", "This contains a character that is not allowed (NUL)."),
        ("limit=5&q=%ED%A0%80", "q", "This is not valid Unicode text."),
    ],
)
async def test_a_query_that_is_no_text_is_refused_by_name(
    query: str, field: str, message: str
) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get(f"/api/list?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "message": message}]


@pytest.mark.parametrize("path", ["/api/errors/%00", "/api/errors/%ED%A0%80", "/api/errors/%FF"])
async def test_a_path_that_is_no_text_names_nothing(path: str) -> None:
    async with client_of(make_app()) as client:
        strange, absent = await client.get(path), await client.get("/api/nowhere")

    assert strange.status_code == 404
    assert strange.content == absent.content


async def test_somebody_unknown_hears_401_before_what_is_wrong_with_the_body() -> None:
    app = make_app()
    async with client_of(app) as client:
        unknown = await client.post("/api/mine", content=b"{", headers=JSON)
        known = await client.post(
            "/api/mine", content=b"{", headers={**JSON, "Authorization": f"Bearer {token_of(ANNA)}"}
        )

    assert (unknown.status_code, known.status_code) == (401, 422)
    assert app.state.seen == []


async def test_a_direct_route_has_the_same_manners_as_the_others() -> None:
    app = make_app()
    async with client_of(app) as client:
        taken = await client.post("/api/direct/one", json={"a": 1})
        refused = await client.post("/api/direct/held", json={})
        broken = await client.post("/api/direct/one", content=b"{", headers=JSON)
        elsewhere = [
            await client.get("/api/direct/one"),
            await client.post("/api/direct/one/two", json={}),
        ]

    assert taken.json() == {"name": "one"}
    assert (refused.status_code, refused.json()["owner"]) == (409, "bruno.galli")
    assert broken.status_code == 422
    assert [answer.status_code for answer in elsewhere] == [404, 404]
    assert app.state.seen == [("one", {"a": 1})]


async def test_too_many_changes_from_one_address_are_429_with_the_time_to_wait() -> None:
    app = make_app(rate_limit=0.2)
    async with client_of(app) as client:
        answers = [await client.post("/api/empty") for _ in range(3)]
        reading = await client.get("/api/list")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "5"
    assert answers[2].json()["detail"] == "Too many requests. Try again in 5 s."
    assert len(app.state.seen) == 2
    assert reading.status_code == 200


def test_a_long_wait_is_said_in_minutes() -> None:
    waits = [TooManyRequests(retry_after=seconds) for seconds in (60, 61, 3599)]

    told = [problem_of(error, translator("it")) for error in waits]

    assert [problem.detail for problem in told] == [
        "Troppe richieste. Riprova fra 60 s.",
        "Troppe richieste. Riprova fra 2 min.",
        "Troppe richieste. Riprova fra 60 min.",
    ]
    assert [problem.headers["Retry-After"] for problem in told] == ["60", "61", "3599"]


async def test_without_a_setting_nobody_is_counted() -> None:
    async with client_of(make_app()) as client:
        answers = [await client.post("/api/empty") for _ in range(50)]

    assert {answer.status_code for answer in answers} == {200}


def test_a_bucket_refills_evenly_and_each_address_has_its_own() -> None:
    now = 0.0
    buckets = Buckets(0.2, clock=lambda: now)

    first = [buckets.take("192.0.2.1") for _ in range(3)]
    other = buckets.take("192.0.2.2")
    now = 5.0
    later = [buckets.take("192.0.2.1") for _ in range(2)]

    assert first == [None, None, 5]
    assert other is None
    assert later == [None, 5]


async def _speak(app: Any, messages: Iterable[Any]) -> list[Any]:
    """Send raw ASGI messages to `app`; return what it answers."""
    incoming = iter(messages)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0)
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/shape",
        "raw_path": b"/api/shape",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("desk.example.edu", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    await app(scope, receive, send)
    return sent
