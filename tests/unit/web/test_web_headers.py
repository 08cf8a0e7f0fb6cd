"""Every answer of ours says how a browser may treat it."""

import pytest

from tests.unit.web.small_app import client_of, make_app

PATHS = [
    "/page",
    "/api/who",
    "/api/mine",
    "/mine",
    "/api/nowhere",
    "/nowhere",
    "/api/broken",
    "/api/errors/held",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/openapi.json",
    "/api/docs",
    "/static/app.js",
    "/static/nothing.js",
    "/api/errors/%00",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_every_answer_has_the_headers(path: str, accept: str) -> None:
    async with client_of(make_app(), Accept=accept) as client:
        answer = await client.get(path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert answer.headers["cache-control"] == (
        "no-cache" if path == "/static/app.js" else "no-store"
    )
    assert "strict-transport-security" not in answer.headers


async def test_answers_to_changes_and_refusals_of_the_edge_have_them_too() -> None:
    async with client_of(make_app(max_body_bytes=100), Cookie="sportello_session=x") as client:
        answers = [
            await client.post("/api/shape", json={"text": "a"}),
            await client.post("/api/shape", content=b"x" * 200),
            await client.post(
                "/form", data={"a": "b"}, headers={"Origin": "https://evil.example.org"}
            ),
            await client.head("/page"),
            await client.post("/static/app.js", data={"a": "b"}),
            await client.get("/static/app.js", headers={"Range": "bytes=9999999-"}),
        ]

    assert [answer.status_code for answer in answers] == [200, 413, 403, 200, 405, 416]
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_behind_https_browsers_are_told_to_come_by_https_only() -> None:
    async with client_of(make_app(cookie_secure=True)) as client:
        answers = [await client.get(path) for path in PATHS]

    assert {answer.headers["strict-transport-security"] for answer in answers} == {
        "max-age=31536000"
    }
