"""The way back: which list a ticket was opened from, and the order that its reader likes.

The browser says where it comes from; where it does not (a reload, an action, another language), a
cookie does. Both cookies hold the identity of their reader, so that the next person at the same
browser begins without them.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from starlette.responses import Response

from services.portal.domain.viewer import Viewer
from shared.text.sentences import N_
from shared.web.auth import Caller
from shared.web.language import Translator
from shared.web.state import parts_of

DASHBOARD = "/manage"
ALL_TICKETS = "/manage/tickets"
QUEUES = "/manage/queues/"
NOTICES = "/manage/notices"
MY_REQUESTS = "/my"

Memory = Literal["sportello_sort", "sportello_list", "sportello_my"]
"""Cookies: the order of lists chosen last, the list for operators and the list of own requests that
were looked at last.
"""

_ONE_YEAR = int(timedelta(days=365).total_seconds())
_LONGEST = 2000
_ONLY_ONCE = frozenset({"done", "undo", "lang", "shown"})
"""What an address says once: it is not part of the way back."""

Steps = list[tuple[str, str]]
"""(Title, address), the topmost first."""


def is_list_address(address: str) -> bool:
    """Return whether `address` is that of a list of tickets for operators, here."""
    parts = urlsplit(address)
    is_here = not parts.scheme and not parts.netloc and address.isprintable()
    return is_here and (parts.path in (DASHBOARD, ALL_TICKETS) or parts.path.startswith(QUEUES))


def remember(
    request: Request, response: Response, caller: Caller, memory: Memory, value: str
) -> None:
    """Keep `value` in the reader's browser.

    What a page left open asks for by itself is not remembered.
    """
    if request.headers.get("hx-request") or len(value) > _LONGEST:
        return
    response.set_cookie(
        memory,
        urlsafe_b64encode(f"{caller.identity}\n{value}".encode()).decode(),
        max_age=_ONE_YEAR if memory == "sportello_sort" else None,
        path="/",
        httponly=True,
        samesite="lax",
        secure=parts_of(request).options.cookie_secure,
    )


def remembered(request: Request, caller: Caller, memory: Memory) -> str:
    """Return what the reader's browser keeps, "" for nothing or something that another person left
    there.
    """
    try:
        identity, _, value = (
            urlsafe_b64decode(request.cookies.get(memory, "")).decode().partition("\n")
        )
    except ValueError:
        return ""
    return value if identity == caller.identity else ""


def forget(response: Response) -> None:
    """Remove what tells where somebody was."""
    for memory in ("sportello_list", "sportello_my"):
        response.delete_cookie(memory, path="/")


def list_before(request: Request, caller: Caller) -> str:
    """Return the address of the list for operators from which the reader came to a ticket, "" if it
    is not known.
    """
    came_from = _came_from(request)
    if is_list_address(came_from) or urlsplit(came_from).path == NOTICES:
        return came_from
    known = remembered(request, caller, "sportello_list")
    return known if is_list_address(known) else ""


def requests_before(request: Request, caller: Caller) -> str:
    """Return the address of the page of own requests from which the reader came to one of them."""
    known = (_came_from(request), remembered(request, caller, "sportello_my"))
    return next((address for address in known if _is_own_requests(address)), MY_REQUESTS)


def _is_own_requests(address: str) -> bool:
    """Return whether `address` is our list of own requests: a neighbouring site may have set the
    cookie.
    """
    parts = urlsplit(address)
    return (
        parts.path == MY_REQUESTS
        and not parts.scheme
        and not parts.netloc
        and address.isprintable()
    )


def trail_of(viewer: Viewer, queue: str | None, before: str, translate: Translator) -> Steps:
    """Return what stands above a ticket in `queue`: the list `before` it, with its filters, its
    order and its page, or its queue.
    """
    parts = urlsplit(before)
    if parts.path == NOTICES:
        return [(translate(N_("Notices")), before)]
    if parts.path == ALL_TICKETS:
        return [(translate(N_("All queues")), before)]
    listed = parts.path.removeprefix(QUEUES) if parts.path.startswith(QUEUES) else ""
    if listed in viewer.queues:
        return [
            *ancestors_of(viewer, listed, translate.language),
            (viewer.desk.queue_title(listed, translate.language), before),
        ]
    above = ancestors_of(viewer, queue, translate.language)
    if queue is not None and queue in viewer.queues:
        above.append((viewer.desk.queue_title(queue, translate.language), f"{QUEUES}{queue}"))
    return above


def ancestors_of(viewer: Viewer, queue: str | None, language: str) -> Steps:
    """Return the visible queues above `queue`."""
    parts = (queue or "").split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts))]
    return [
        (viewer.desk.queue_title(slug, language), f"{QUEUES}{slug}")
        for slug in above
        if slug in viewer.queues
    ]


def _came_from(request: Request) -> str:
    """Return the address of our page from which the browser came here, without our name, "" if it
    does not say.
    """
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host"):
        return ""
    query = urlencode(
        [(name, value) for name, value in parse_qsl(parts.query) if name not in _ONLY_ONCE]
    )
    address = f"{parts.path}?{query}" if query else parts.path
    return address if address.isprintable() and len(address) <= _LONGEST else ""
