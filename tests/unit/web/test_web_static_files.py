"""Static files are kept for good under the name of their content, and what is text travels
compressed.
"""

import zlib
from hashlib import sha256

import pytest

from shared.web.static_files import static_folder, static_url
from tests.unit.web.small_app import client_of, make_app

FOR_GOOD = "public, max-age=31536000, immutable"


def test_the_address_of_a_static_file_has_a_piece_of_its_hash() -> None:
    piece = sha256((static_folder() / "app.css").read_bytes()).hexdigest()[:12]

    assert static_url("app.css") == f"/static/app.{piece}.css"
    assert static_url("absent.css") == "/static/absent.css"


@pytest.mark.parametrize("name", ["app.css", "app.js", "icon.svg"])
async def test_browsers_keep_a_file_under_the_name_of_its_content_for_good(name: str) -> None:
    async with client_of(make_app()) as client:
        hashed = await client.get(static_url(name))

    assert (hashed.status_code, hashed.headers["cache-control"]) == (200, FOR_GOOD)
    assert hashed.content == (static_folder() / name).read_bytes()


@pytest.mark.parametrize("path", ["/static/app.css", "/static/app.000000000000.css"])
async def test_a_plain_name_and_one_of_another_version_give_the_file_and_are_revalidated(
    path: str,
) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.content == (static_folder() / "app.css").read_bytes()
    assert (again.status_code, again.headers["cache-control"], again.content) == (
        304,
        "no-cache",
        b"",
    )


@pytest.mark.parametrize(
    "path",
    ["/static/nothing.css", "/static/nothing.000000000000.css", "/static/..%2fapp.py", "/static/"],
)
async def test_what_is_no_static_file_is_not_there(path: str) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get(path)

    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/static/app.css", "/api/docs"])
async def test_text_is_compressed_for_those_who_can_read_it(path: str) -> None:
    async with client_of(make_app()) as client:
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})
        async with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            compressed = b"".join([piece async for piece in answer.aiter_raw()])

    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == answer.headers["vary"] == "Accept-Encoding"
    assert len(compressed) < len(plain.content) / 2
    assert zlib.decompress(compressed, wbits=31) == plain.content


async def test_a_short_answer_is_sent_as_it_is() -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/health/live", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in answer.headers
