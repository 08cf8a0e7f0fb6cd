"""A page that asks for itself again is sent only when it has changed."""

import re

import httpx

from tests.unit.web.small_app import client_of, make_app, token_of

REFRESH = {"HX-Request": "true"}


def tag_in(page: httpx.Response) -> str:
    (tag,) = re.findall(r'<body data-tag="([0-9a-f]{24})"', page.text)
    return f'W/"{tag}"'


async def test_a_refresh_of_a_page_that_is_the_same_is_answered_without_it() -> None:
    async with client_of(make_app()) as client:
        page = await client.get("/api/docs")
        refreshed = await client.get("/api/docs", headers=REFRESH | {"If-None-Match": tag_in(page)})

    assert (page.status_code, refreshed.status_code, refreshed.content) == (200, 304, b"")
    assert refreshed.headers["etag"] == tag_in(page)
    assert refreshed.headers["cache-control"] == "no-store"


async def test_a_refresh_of_another_page_is_answered_with_it_and_its_tag() -> None:
    async with client_of(make_app()) as client:
        page = await client.get("/api/docs")
        other = await client.get(
            "/api/docs?lang=en", headers=REFRESH | {"If-None-Match": tag_in(page)}
        )

    assert other.status_code == 200
    assert other.headers["etag"] == tag_in(other) != tag_in(page)


async def test_rows_on_the_screen_make_no_other_page() -> None:
    async with client_of(make_app(), Authorization=f"Bearer {token_of()}") as client:
        page = await client.get("/api/docs")
        refreshed = await client.get(
            "/api/docs?shown=1%2C2", headers=REFRESH | {"If-None-Match": tag_in(page)}
        )

    assert refreshed.status_code == 304


async def test_what_is_no_refresh_is_always_sent_whole() -> None:
    async with client_of(make_app()) as client:
        page = await client.get("/api/docs")
        again = await client.get("/api/docs", headers={"If-None-Match": tag_in(page)})

    assert (again.status_code, "etag" in again.headers) == (200, False)
    assert again.content == page.content
