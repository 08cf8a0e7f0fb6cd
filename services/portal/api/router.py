"""All of the API in one router."""

from fastapi import APIRouter

from services.portal.api import commands, live, my, queues, session, tickets

router = APIRouter()
for part in (session.router, queues.router, tickets.router, commands.router, my.router, live.router):
    router.include_router(part)


def needs_sign_in(path: str) -> bool:
    """Return whether somebody unknown hears 401 at `path` before anything else is looked at."""
    return path == "/live" or (path.startswith("/api/") and path not in OPEN_PATHS)


OPEN_PATHS = frozenset({"/api/session", "/api/docs", "/api/openapi.json"})
"""Of the API, what nobody has to sign in for."""
