"""Who came, who left, and who was refused what: for those who look after an installation.

The events are `security.*` in the security log, with identity and address, the call by the pattern
of its path, and the number of the ticket; never what somebody wrote or asked for. What one client
repeats is counted (shared.web.repeats).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.core.errors import UNKNOWN_TICKET, ImpossibleValue, Refusal
from shared.observability.security import security_log
from shared.web.auth import caller_of
from shared.web.rate import client_of
from shared.web.repeats import Subject
from shared.web.state import parts_of

_BY_STATUS = {
    401: "security.not_signed_in",
    403: "security.not_allowed",
    404: "security.ticket.not_found",
    429: "security.too_many",
}
_BY_KIND = {"cross-site": "security.cross_site", "not-signed-in": "security.not_signed_in"}
_LONGEST_NUMBER = 25


def log_security(event: str, connection: HTTPConnection, **facts: object) -> None:
    """Write `event` with who calls and from where; `facts` are added, or take the place of what
    would be said.
    """
    caller = caller_of(connection)
    client = connection.scope.get("client")
    said = {
        "identity": caller.identity if caller else None,
        "address": client[0] if client else None,
        **call_in(connection.scope),
    } | facts
    identity = said["identity"]
    subject = Subject(
        event, client_of(connection.scope) or "127.0.0.1", str(identity) if identity else None
    )
    parts_of(connection).repeats.note(subject, said)


def write_event(event: str, facts: Mapping[str, object]) -> None:
    """Write one line of the security log."""
    security_log.info(event, **facts)


def log_refusal(
    connection: HTTPConnection, status: int, *, ticket: str | None = None, kind: str | None = None
) -> None:
    """Write that a call was answered `status`, if that is a refusal worth knowing of.

    `ticket`: one of several that it was about.
    """
    event = _BY_KIND.get(kind or "") or _BY_STATUS.get(status)
    if event is None:
        return
    ticket = _number(ticket) if ticket is not None else _ticket(connection.scope)
    if status == 404 and ticket is None:
        return
    log_security(event, connection, **({"ticket": ticket} if ticket else {}))


def log_unseen(connection: HTTPConnection, refusal: Refusal) -> None:
    """Log `refusal` if it says that the caller may not see a ticket that the form or the body
    named.
    """
    if isinstance(refusal, ImpossibleValue) and refusal.problem == UNKNOWN_TICKET:
        log_refusal(connection, 404, ticket=refusal.value)


class SecurityLog:
    """ASGI middleware around all that answers: writes down each refusal, as JSON, as a page, or as
    the way to the login.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Made here, so that it is the same for all who look at it further in.
        state = scope.setdefault("state", {})

        async def send_and_tell(message: Message) -> None:
            if message["type"] == "http.response.start" and (
                message["status"] in _BY_STATUS or "refused_as" in state
            ):
                log_refusal(HTTPConnection(scope), message["status"], kind=state.get("refused_as"))
            await send(message)

        await self.app(scope, receive, send_and_tell)


def is_about(connection: HTTPConnection, ticket: str) -> None:
    """Say which ticket a call is about that does not name it in its path."""
    connection.scope.setdefault("state", {})["about_ticket"] = ticket


def call_in(scope: Scope) -> dict[str, object]:
    """Return the method and the pattern of the path: in the path itself may stand what somebody
    typed, or the key to a request.
    """
    pattern, _ = _route_of(scope)
    return {
        "method": scope["method"],
        "path": pattern or "/".join(scope["path"].split("/")[:2])[:40],
    }


def _route_of(scope: Scope) -> tuple[str | None, Mapping[str, object]]:
    """Return the pattern of the path and what stands in its places, also of a call that was refused
    before anybody looked for its route.
    """
    if pattern := getattr(scope.get("route"), "path", None):
        return pattern, scope.get("path_params") or {}
    fitting = [
        (each, found)
        for each in _patterns(scope["app"])
        if (found := each.regex.match(scope["path"]))
    ]
    for each, found in sorted(fitting, key=lambda one: scope["method"] not in one[0].methods):
        return each.path, found.groupdict()
    return None, {}


@dataclass(frozen=True, slots=True)
class _Pattern:
    path: str
    regex: re.Pattern[str]
    methods: frozenset[str]


@lru_cache(maxsize=8)
def _patterns(app: FastAPI) -> Sequence[_Pattern]:
    """Return all paths that `app` answers, in the order in which it looks for them."""
    return [
        _Pattern(route.path, route.path_regex, frozenset(route.methods or ()))
        for route in iter_route_contexts(app.routes)
        if route.path is not None
    ]


def _ticket(scope: Scope) -> str | None:
    """Return the number of the ticket that a call is about; "" where it is about one by a link or
    by no number.
    """
    if "about_ticket" in scope.get("state", {}):
        return _number(scope["state"]["about_ticket"])
    _, given = _route_of(scope)
    if "number" in given:
        return _number(str(given["number"]))
    return "" if "token" in given else None


def _number(text: str) -> str:
    return text if text.isdecimal() and len(text) <= _LONGEST_NUMBER else ""
