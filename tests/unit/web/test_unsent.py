"""A page that refuses a form gives back what was typed into it."""

from typing import Any

import pytest

from shared.web.unsent import MOST_IN_A_FLOOD
from tests.unit.web.small_app import client_of, make_app

TYPED = {"command_id": "k", "queue": "ict", "body": "one\r\ntwo <b>"}
PAGE = {"Accept": "text/html"}


async def test_who_sends_too_often_gets_the_text_back_to_send_again() -> None:
    app = make_app(rate_limit=0.2)
    async with client_of(app) as client:
        answers = [await client.post("/form", data=TYPED, headers=PAGE) for _ in range(3)]

    refused = answers[-1]
    assert (refused.status_code, len(app.state.seen)) == (429, 2)
    assert '<form method="post" action="/form">' in refused.text
    assert 'name="body" data-no-draft>\none\r\ntwo &lt;b&gt;</textarea>' in refused.text
    assert '<input type="hidden" name="command_id" value="k">' in refused.text


async def test_a_flood_of_long_texts_gets_short_answers() -> None:
    app = make_app(rate_limit=0.2)
    async with client_of(app) as client:
        answers = [
            await client.post("/form", data=TYPED | {"body": "x" * MOST_IN_A_FLOOD}, headers=PAGE)
            for _ in range(3)
        ]

    assert answers[-1].status_code == 429
    assert len(answers[-1].text) < 20_000


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"body": " \u200b"}, {}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({}, {"Origin": "https://evil.example"}),
    ],
)
async def test_neither_nothing_nor_another_sites_text_is_given_back(
    changes: dict[str, str], headers: dict[str, Any]
) -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/page", data=TYPED | changes, headers=PAGE | headers)

    assert answer.status_code == 405
    assert "textarea" not in answer.text


async def test_what_a_page_did_not_send_is_no_text_of_its_reader() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/api/mine", json=TYPED)

    assert (answer.status_code, "two" in answer.text) == (401, False)
