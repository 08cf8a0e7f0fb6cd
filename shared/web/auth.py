"""Who calls, and whether the call was really meant: sessions, and the defence against other
people's pages.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.errors import CrossSite, NotSignedIn
from shared.web.state import parts_of
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
_HOST = "__Host-"
"""A cookie with this prefix is one that this very host has set, over HTTPS and for all paths: no
neighbour can put another in its place.
"""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FOREIGN_FETCHES = frozenset({"cross-site", "same-site"})


def caller_of(connection: HTTPConnection) -> Caller | None:
    """Return who is signed in, or None.

    A bearer token wins over the cookie; an expired or garbled token is nobody.

    So are two session cookies: one of them was put there by somebody else, and which one cannot be
    known.
    """
    state = connection.scope.setdefault("state", {})
    if "caller" not in state:
        cookies = _session_cookies(connection)
        token = _bearer(connection.headers) or (cookies[0] if len(cookies) == 1 else None)
        state["caller"] = parts_of(connection).tokens.read(token) if token else None
    caller: Caller | None = state["caller"]
    return caller


async def current_caller(request: Request) -> Caller | None:
    """Dependency: who is signed in, or None."""
    return caller_of(request)


async def signed_in(request: Request) -> Caller:
    """Dependency: who is signed in.

    Raises NotSignedIn (401, or a redirect to the login for pages).
    """
    caller = caller_of(request)
    if caller is None:
        raise NotSignedIn
    return caller


CurrentCaller = Annotated[Caller | None, Depends(current_caller)]
SignedIn = Annotated[Caller, Depends(signed_in)]


async def same_site(request: Request) -> None:
    """Dependency: raise CrossSite where a browser says that another site caused this request,
    session or not.
    """
    if comes_from_elsewhere(request.headers, parts_of(request).options.public_origins):
        raise CrossSite


def set_session(request: Request, response: Response, caller: Caller) -> str:
    """Sign `caller` in with a cookie on `response`; return the token, which is also good as a
    bearer token.
    """
    parts = parts_of(request)
    token = parts.tokens.sign(caller)
    response.set_cookie(
        _cookie_name(request),
        token,
        max_age=int(parts.tokens.lasts.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=parts.options.cookie_secure,
    )
    return token


def clear_session(request: Request, response: Response) -> None:
    """Sign out: the cookie goes."""
    secure = parts_of(request).options.cookie_secure
    response.delete_cookie(
        _cookie_name(request), path="/", httponly=True, samesite="lax", secure=secure
    )


def comes_from_elsewhere(headers: Headers, public_origins: frozenset[str]) -> bool:
    """Tell whether a browser says that another site caused a request.

    Clients that send neither header are no browsers.

    A page that is not to be named to anybody (Referrer-Policy: no-referrer) sends its forms with
    the origin `null`. So do pages of strangers who hide; only Sec-Fetch-Site, which no page can
    set, tells them apart.
    """
    origin = headers.get("origin")
    if origin is not None and origin.lower() in public_origins:
        return False
    site = headers.get("sec-fetch-site", "").lower()
    if site in _FOREIGN_FETCHES:
        return True
    if origin == "null" and site == "same-origin":
        return False
    if (
        origin is not None
        and origin.lower().startswith("http:")
        and f"https{origin.lower().removeprefix('http')}" in public_origins
    ):
        # People reach us by HTTPS only: whoever is between them and us can make pages of our own
        # name without it.
        return True
    return origin is not None and _place(origin) != _place(f"//{headers.get('host', '')}")


class RefuseCrossSite:
    """ASGI middleware: an unsafe request that the cookie authenticates must come from our own
    pages.

    Raises CrossSite.
    """

    def __init__(self, app: ASGIApp, *, public_origins: frozenset[str]) -> None:
        self.app = app
        self.public_origins = public_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            connection = HTTPConnection(scope)
            by_cookie = bool(_session_cookies(connection)) and _bearer(connection.headers) is None
            if by_cookie and comes_from_elsewhere(connection.headers, self.public_origins):
                raise CrossSite
        await self.app(scope, receive, send)


def _cookie_name(connection: HTTPConnection) -> str:
    return f"{_HOST if parts_of(connection).options.cookie_secure else ''}{SESSION_COOKIE}"


def _session_cookies(connection: HTTPConnection) -> list[str]:
    """Return the value of every session cookie that came; a dictionary of cookies would keep the
    last and hide the others.
    """
    lines = connection.headers.getlist("cookie")
    if not lines:
        return []
    wanted = _cookie_name(connection)
    pairs = [pair.partition("=") for line in lines for pair in line.split(";")]
    return [value.strip().strip('"') for name, _, value in pairs if name.strip() == wanted]


def _bearer(headers: Headers) -> str | None:
    """Return the bearer token of a request; a header without one is as good as absent."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


def _place(origin: str) -> tuple[str, int | None] | None:
    """Host and port of an origin; the scheme does not count, because a proxy may have ended TLS.

    None for what is no origin.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return parts.hostname, None if port in (80, 443) else port
