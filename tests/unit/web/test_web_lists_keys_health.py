"""Pages of lists, keys for repeating, and health."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.errors import BadInput
from shared.web.idempotency import body_hash
from shared.web.pagination import make_cursor, read_cursor
from tests.unit.web.small_app import client_of, make_app


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "١", "99999999999999999999"])
async def test_a_limit_outside_1_to_200_is_422(limit: str) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/api/list", params={"limit": limit})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "limit", "message": "This must be a whole number from 1 to 200."}
    ]


async def test_a_list_goes_on_where_its_cursor_says() -> None:
    async with client_of(make_app()) as client:
        first = (await client.get("/api/list")).json()
        second = (
            await client.get("/api/list", params={"limit": 200, "cursor": first["next"]})
        ).json()

    assert (first["limit"], first["after"]) == (50, None)
    assert (second["limit"], second["after"]) == (200, ["a", 7])


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "AAAAAAAAAAAA",
        make_cursor("other list", ("a", 7)),
        make_cursor("list", (7, "a")),
        make_cursor("list", ("a",)),
        "è",
        "A" * 5000,
    ],
)
async def test_an_unreadable_cursor_is_422(cursor: str) -> None:
    async with client_of(make_app()) as client:
        answer = await client.get("/api/list", params={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "cursor", "message": "This cursor cannot be read. Start again without one."}
    ]


@given(
    st.lists(
        st.one_of(
            st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            st.integers(-(2**53), 2**53),
            st.booleans(),
            st.none(),
        ),
        max_size=4,
    )
)
def test_a_cursor_gives_back_what_was_put_in(values: list[str | int | bool | None]) -> None:
    try:
        assert read_cursor(make_cursor("list", values), "list") == tuple(values)
    except BadInput:
        assert len(make_cursor("list", values)) > 1000


@given(st.text(max_size=60))
def test_no_text_makes_reading_a_cursor_fail_otherwise_than_as_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        read_cursor(text, "list")


@pytest.mark.parametrize("key", ["k", "!~", "x" * 255, "3f2c-11"])
async def test_a_key_of_visible_ascii_is_taken(key: str) -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/api/keyed", headers={"Idempotency-Key": key})

    assert answer.json() == {"key": key}


@pytest.mark.parametrize("key", [b"", b" ", b"a b", b"x" * 256, b"caf\xc3\xa9", b"a\x7fb", b"a\tb"])
async def test_a_malformed_key_is_422(key: bytes) -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/api/keyed", headers=[(b"Idempotency-Key", key)])

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "Idempotency-Key", "message": "A key has 1 to 255 visible ASCII characters."}
    ]


async def test_two_keys_are_none() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post(
            "/api/keyed", headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        )

    assert answer.status_code == 422


def test_the_hash_of_a_body_does_not_mind_the_order_of_keys() -> None:
    assert body_hash({"a": 1, "b": [1, 2]}) == body_hash({"b": [1, 2], "a": 1})
    assert body_hash({"a": 1}) != body_hash({"a": "1"})
    assert len(body_hash(None)) == 32


async def test_a_service_lives_whatever_its_checks_say() -> None:
    async def broken() -> str | None:
        return "the database is away"

    async with client_of(make_app(checks={"database": broken})) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")

    assert (live.status_code, live.json()) == (200, {"status": "alive"})
    assert ready.status_code == 503
    assert ready.json() == {"status": "not ready", "checks": {"database": "the database is away"}}


async def test_a_check_that_raises_or_never_answers_is_red_and_the_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.web.health.CHECK_SECONDS", 0.01)

    async def good() -> str | None:
        return None

    async def raising() -> str | None:
        raise RuntimeError("secret")

    async def silent() -> str | None:
        await asyncio.Event().wait()
        return None

    async with client_of(make_app(checks={"good": good, "bus": raising, "desk": silent})) as client:
        ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json()["checks"] == {
        "good": "ok",
        "bus": "the bus cannot be checked: RuntimeError",
        "desk": "the desk does not answer",
    }


async def test_all_well_is_ready_and_the_figures_are_there() -> None:
    async with client_of(make_app()) as client:
        ready, metrics = await client.get("/health/ready"), await client.get("/metrics")

    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "checks": {}})
    assert metrics.headers["content-type"].startswith("text/plain; version=")
