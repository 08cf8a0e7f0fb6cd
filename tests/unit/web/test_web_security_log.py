"""Who was refused what stands in the log, with identity and address, and without a word of what was
sent.
"""

from typing import Any

import pytest
from fastapi import APIRouter
from structlog.testing import capture_logs

from shared.core.errors import MissingRight, NotThere
from shared.web.auth import SESSION_COOKIE
from tests.unit.web.small_app import client_of, make_app, token_of

NUMBER = "2026092810000017"
BEARER = {"Authorization": f"Bearer {token_of()}"}
HERE = {"address": "127.0.0.1", "log_level": "info"}


def _app(**options: Any) -> Any:
    app = make_app(**options)
    router = APIRouter()

    @router.get("/api/tickets/{number}")
    @router.get("/tickets/{number}")
    async def unseen(number: str) -> None:
        raise NotThere

    @router.get("/requests/{token}")
    async def by_link(token: str) -> None:
        raise NotThere

    @router.post("/api/tickets/{number}/take")
    async def forbidden(number: str) -> None:
        raise MissingRight("rw")

    app.include_router(router)
    return app


async def told(
    method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
) -> list[Any]:
    """Return the security events of one call."""
    app = _app(**options)
    with capture_logs() as logs:
        async with client_of(app) as client:
            await client.request(method, path, headers=headers)
    return [entry for entry in logs if entry["event"].startswith("security.")]


@pytest.mark.parametrize(
    ("method", "path", "headers", "event"),
    [
        (
            "GET",
            "/api/mine",
            {},
            {"event": "security.not_signed_in", "identity": None, "path": "/api/mine"},
        ),
        (
            "GET",
            "/api/mine",
            {"Authorization": "Bearer Mario Rossi"},
            {"event": "security.not_signed_in", "identity": None, "path": "/api/mine"},
        ),
        (
            "GET",
            "/mine?q=Mario",
            {"Accept": "text/html"},
            {"event": "security.not_signed_in", "identity": None, "path": "/mine"},
        ),
        (
            "GET",
            f"/api/tickets/{NUMBER}?q=Mario",
            BEARER,
            {
                "event": "security.ticket.not_found",
                "identity": "anna.ferri",
                "path": "/api/tickets/{number}",
                "ticket": NUMBER,
            },
        ),
        (
            "GET",
            f"/tickets/{NUMBER}",
            {**BEARER, "Accept": "text/html"},
            {
                "event": "security.ticket.not_found",
                "identity": "anna.ferri",
                "path": "/tickets/{number}",
                "ticket": NUMBER,
            },
        ),
        (
            "GET",
            "/api/tickets/Mario%20Rossi",
            BEARER,
            {
                "event": "security.ticket.not_found",
                "identity": "anna.ferri",
                "path": "/api/tickets/{number}",
            },
        ),
        (
            "GET",
            "/requests/the-key-to-it",
            {},
            {"event": "security.ticket.not_found", "identity": None, "path": "/requests/{token}"},
        ),
        (
            "POST",
            f"/api/tickets/{NUMBER}/take",
            BEARER,
            {
                "event": "security.not_allowed",
                "identity": "anna.ferri",
                "path": "/api/tickets/{number}/take",
                "ticket": NUMBER,
            },
        ),
        (
            "POST",
            "/api/mine",
            {"Cookie": f"{SESSION_COOKIE}={token_of()}", "Origin": "https://evil.example.org"},
            {"event": "security.cross_site", "identity": "anna.ferri", "path": "/api/mine"},
        ),
        (
            "POST",
            f"/api/tickets/{NUMBER}/take",
            {"Cookie": f"{SESSION_COOKIE}={token_of()}", "Origin": "https://evil.example.org"},
            {
                "event": "security.cross_site",
                "identity": "anna.ferri",
                "path": "/api/tickets/{number}/take",
                "ticket": NUMBER,
            },
        ),
        (
            "POST",
            "/api/nowhere/Mario%20Rossi",
            {"Cookie": f"{SESSION_COOKIE}={token_of()}", "Origin": "https://evil.example.org"},
            {"event": "security.cross_site", "identity": "anna.ferri", "path": "/api"},
        ),
    ],
)
async def test_a_refusal_is_written_down_once(
    method: str, path: str, headers: dict[str, str], event: dict[str, Any]
) -> None:
    assert await told(method, path, headers=headers) == [{**event, "method": method, **HERE}]


@pytest.mark.parametrize(
    "path", ["/api/who", "/nowhere", "/static/nothing.js", "/api/list?limit=0", "/page"]
)
async def test_what_is_no_refusal_of_a_right_is_not_written_down(path: str) -> None:
    assert await told("GET", path) == []


async def test_too_many_requests_are_written_down() -> None:
    app = _app(rate_limit=0.1)
    with capture_logs() as logs:
        async with client_of(app) as client:
            for _ in range(50):
                await client.post("/api/empty")

        app.state.web.repeats.tell_rest()

    refused = [entry for entry in logs if entry["event"].startswith("security.")]
    assert [entry.get("times") for entry in refused] == [None, 48]
    assert refused[0] == {
        "event": "security.too_many",
        "identity": None,
        "method": "POST",
        "path": "/api/empty",
        **HERE,
    }
