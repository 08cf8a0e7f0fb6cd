"""All of the API in one router."""

from fastapi import APIRouter

from services.portal.api import actions, bulk, live, my, notices, queues, session, tickets

router = APIRouter()
# `bulk` before what takes any number in its place.
for part in (session, queues, bulk, tickets, actions, my, notices, live):
    router.include_router(part.router)


def needs_sign_in(path: str) -> bool:
    """Return whether somebody unknown hears 401 at `path` before anything else is looked at."""
    return path == "/live" or (path.startswith("/api/") and path not in OPEN_PATHS)


OPEN_PATHS = frozenset({"/api/session", "/api/docs", "/api/openapi.json"})
"""Of the API, what nobody has to sign in for."""
