"""Who calls, and whether the call was really meant: sessions, and the defence against other people's pages."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.errors import CrossSite, NotSignedIn
from shared.web.parts import parts_of
from shared.web.tokens import Caller, Tokens

__all__ = [
    "SESSION_COOKIE",
    "Caller",
    "CurrentCaller",
    "SignedIn",
    "Tokens",
    "caller_of",
    "clear_session",
    "current_caller",
    "same_site",
    "set_session",
    "signed_in",
]

SESSION_COOKIE = "sportello_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FOREIGN_FETCHES = frozenset({"cross-site", "same-site"})


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Return who is signed in, or None. A bearer token wins over the cookie; an expired or garbled token is nobody."""
    state = connection.scope.setdefault("state", {})
    if "caller" not in state:
        token = _bearer(connection.headers) or connection.cookies.get(SESSION_COOKIE)
        state["caller"] = parts_of(connection).tokens.read(token) if token else None
    caller: Caller | None = state["caller"]
    return caller


async def current_caller(request: Request) -> Caller | None:
    """Dependency: who is signed in, or None."""
    return caller_of(request)


async def signed_in(request: Request) -> Caller:
    """Dependency: who is signed in. Raises NotSignedIn (401, or a redirect to the login for pages)."""
    caller = caller_of(request)
    if caller is None:
        raise NotSignedIn
    return caller


CurrentCaller = Annotated[Caller | None, Depends(current_caller)]
SignedIn = Annotated[Caller, Depends(signed_in)]


async def same_site(request: Request) -> None:
    """Dependency: raise CrossSite where a browser says that another site caused this request, session or not."""
    if comes_from_elsewhere(request.headers, parts_of(request).options.public_origins):
        raise CrossSite


def set_session(request: Request, response: Response, caller: Caller) -> str:
    """Sign `caller` in with a cookie on `response`; return the token, which is also good as a bearer token."""
    parts = parts_of(request)
    token = parts.tokens.sign(caller)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(parts.tokens.lasts.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=parts.options.cookie_secure,
    )
    return token


def clear_session(response: Response) -> None:
    """Sign out: the cookie goes."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")


def comes_from_elsewhere(headers: Headers, public_origins: frozenset[str]) -> bool:
    """Tell whether a browser says that another site caused a request. Clients that send neither header are no browsers."""
    if headers.get("sec-fetch-site", "").lower() in _FOREIGN_FETCHES:
        return True
    origin = headers.get("origin")
    return origin is not None and origin not in public_origins and _place(origin) != _place(f"//{headers.get('host', '')}")


class RefuseCrossSite:
    """ASGI middleware: an unsafe request that the cookie authenticates must come from our own pages. Raises CrossSite."""

    def __init__(self, app: ASGIApp, *, public_origins: frozenset[str]) -> None:
        self.app = app
        self.public_origins = public_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            connection = HTTPConnection(scope)
            by_cookie = SESSION_COOKIE in connection.cookies and _bearer(connection.headers) is None
            if by_cookie and comes_from_elsewhere(connection.headers, self.public_origins):
                raise CrossSite
        await self.app(scope, receive, send)


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _place(origin: str) -> tuple[str, int | None] | None:
    """Host and port of an origin; the scheme does not count, because a proxy may have ended TLS. None for what is no origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return parts.hostname, None if port in (80, 443) else port
