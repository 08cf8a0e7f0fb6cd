"""A form beyond the usual size reaches its handler, which says what is too long; what that costs is
bounded.
"""

import tracemalloc
from typing import Any

import httpx
import pytest

from shared.web.large_forms import MOST_AT_ONCE, LargeForms
from shared.web.state import WebOptions
from tests.unit.web.small_app import client_of, make_app

PASTED = "Perché l'ho già detto. " * 100_000
"""2.3 million characters, of which some need six bytes."""
FAR = 9 * 1024 * 1024
PAGE = {"Accept": "text/html"}


async def test_a_form_with_a_pasted_book_reaches_its_handler() -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post("/form", data={"body": PASTED, "number": "7"})

    assert answer.status_code == 200
    assert app.state.seen == [{"body": PASTED, "number": "7"}]


async def test_an_error_page_gives_a_pasted_book_back() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/page", data={"body": PASTED}, headers=PAGE)

    assert answer.status_code == 405
    assert f"{PASTED.replace(chr(39), '&#39;')}</textarea>" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
    ],
)
async def test_nothing_but_a_form_of_our_own_pages_may_be_so_large(headers: dict[str, str]) -> None:
    app = make_app()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with client_of(app) as client:
        answer = await client.post(
            "/form", content=b"body=" + b"x" * 1_500_000, headers=form | headers
        )

    assert answer.status_code == 413
    assert app.state.seen == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This is too long to be sent: a text may have at most 20,000 characters."),
        (
            "it",
            "È troppo lungo per essere inviato: un testo può avere al massimo 20.000 caratteri.",
        ),
    ],
)
async def test_what_no_form_could_hold_is_refused_with_how_long_a_text_may_be(
    language: str, sentence: str
) -> None:
    app = make_app()
    async with client_of(app, Accept_Language=language) as client:
        answer = await client.post("/form", data={"body": "x" * FAR}, headers=PAGE)

    assert answer.status_code == 413
    assert sentence in answer.text
    assert app.state.seen == []


async def test_one_address_sends_a_few_in_a_row_and_this_machine_any_number() -> None:
    app = make_app()
    large = {"body": "x" * 1_100_000}
    answers: dict[str, list[int]] = {}
    for address in ("203.0.113.5", "127.0.0.1"):
        transport = httpx.ASGITransport(app, client=(address, 4321))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://desk.example.edu"
        ) as client:
            answers[address] = [
                (await client.post("/form", data=large)).status_code for _ in range(8)
            ]

    assert answers == {"203.0.113.5": [200] * 6 + [413] * 2, "127.0.0.1": [200] * 8}


def test_only_a_few_are_held_at_once() -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "path": "/form",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        "client": ("127.0.0.1", 4321),
    }
    lender = LargeForms(WebOptions(max_body_bytes=10, max_form_bytes=20))

    def fits(size: int, *, beside: int) -> bool:
        if beside:
            with lender.room_for(scope) as other:
                assert other.has(11)
                return fits(size, beside=beside - 1)
        with lender.room_for(scope) as room:
            return room.has(size)

    assert [fits(11, beside=others) for others in (0, MOST_AT_ONCE - 1, MOST_AT_ONCE, 0)] == [
        True,
        True,
        False,
        True,
    ]
    assert [fits(size, beside=MOST_AT_ONCE) for size in (10, 11)] == [True, False]
    assert [fits(size, beside=0) for size in (20, 21)] == [True, False]


async def test_a_large_form_is_held_a_few_times_and_its_answer_is_as_long_as_it() -> None:
    size = 4_000_000
    async with client_of(make_app()) as client:
        tracemalloc.start()
        answer = await client.post("/page", data={"body": "x" * size}, headers=PAGE)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert answer.status_code == 405
    assert len(answer.content) < size + 20_000
    assert peak < 20 * size
