"""Errors on their way out: problem+json, or a page for people; and the wall behind which no error
shows its inside.
"""

from typing import Any
from uuid import UUID

import orjson
import structlog
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.core.error_text import error_text
from shared.core.ids import new_id
from shared.database.transient import is_transient
from shared.text.sentences import N_
from shared.web.auth import caller_of
from shared.web.errors import (
    NotSignedIn,
    Problem,
    Unavailable,
    WebError,
    problem_of,
    told_to_people,
)
from shared.web.made_for import MadeForAnother
from shared.web.pages import render
from shared.web.refusals import Names
from shared.web.security_log import call_in
from shared.web.state import parts_of, translator_of
from shared.web.unsent import unsent_in
from shared.web.whereabouts import login_url

log = structlog.get_logger()


class JsonAnswer(JSONResponse):
    """JSON written by orjson: datetimes as RFC 3339, UUIDs as text.

    FastAPI describes the models of routes only where their answers are of its own class for JSON.
    """

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: object) -> str:
    """Write what orjson does not know by itself: UUIDs as database drivers make them."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


class ProblemAnswer(JsonAnswer):
    """An error as RFC 9457 describes it."""

    media_type = "application/problem+json"


def wants_page(request: Request) -> bool:
    """Tell whether an error should be a page: a browser asks, and not for the API."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        ("/api/", "/health/", "/metrics")
    )


def answer(request: Request, error: Exception) -> Response:
    """Return the response for `error`; somebody unknown who wants a page is sent to the login."""
    translate = translator_of(request)
    if isinstance(error, WebError):
        request.scope.setdefault("state", {})["refused_as"] = error.kind
    if (
        isinstance(error, NotSignedIn)
        and wants_page(request)
        and unsent_in(request, translate, status=401, labels={}) is None
    ):
        return _to_login(request)
    return problem_answer(request, problem_of(error, translate))


def problem_answer(request: Request, problem: Problem) -> Response:
    """Return `problem` as a page or as problem+json, as the caller wants it."""
    if wants_page(request):
        problem = told_to_people(problem, translator_of(request), Names())
        is_for_another = problem.kind == MadeForAnother.kind
        labels = parts_of(request).page_context(request).get("field_labels", {})
        response: Response = render(
            request,
            "error.html",
            unsent=unsent_in(
                request,
                translator_of(request),
                status=problem.status,
                labels=labels,
                may_repeat=is_for_another,
            ),
            status_code=problem.status,
            status=problem.status,
            title=problem.title,
            detail=problem.detail,
            errors=problem.errors,
            now_as=caller.name if (caller := caller_of(request)) and is_for_another else "",
        )
        response.headers.update(problem.headers)
        return response
    return ProblemAnswer(
        problem.to_json(), status_code=problem.status, headers=dict(problem.headers)
    )


async def handle(request: Request, error: Exception) -> Response:
    """Answer an error raised by a handler (registered with FastAPI)."""
    return answer(request, error)


class ErrorWall:
    """The outermost ASGI middleware: whatever was not answered further in is answered here; the
    unforeseen is logged with an id.

    An error after the answer began can only end the connection.
    """

    def __init__(self, app: ASGIApp, *, foreseen: tuple[type[Exception], ...]) -> None:
        self.app = app
        self.foreseen = foreseen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except ClientDisconnect:
            log.debug("web.client.gone")
        except Exception as error:
            if started:
                raise
            request = Request(scope, receive)
            response = (
                answer(request, error)
                if isinstance(error, self.foreseen)
                else _unforeseen(request, error)
            )
            await response(scope, receive, send)


def _unforeseen(request: Request, error: Exception) -> Response:
    if is_transient(error):
        log.warning("web.database.unavailable", **call_in(request.scope), error=error_text(error))
        return answer(
            request,
            Unavailable(
                N_("The service cannot reach its database at the moment. Try again shortly.")
            ),
        )
    error_id = str(new_id())
    log.error("web.request.failed", error_id=error_id, **call_in(request.scope), exc_info=error)
    known = problem_of(error, translator_of(request))
    problem = Problem(
        known.status, known.kind, known.title, known.detail, facts={"error_id": error_id}
    )
    try:
        return problem_answer(request, problem)
    except Exception:
        # The page of errors itself may be what is broken.
        log.exception("web.error_page.failed", error_id=error_id)
        return ProblemAnswer(problem.to_json(), status_code=problem.status)


def _to_login(request: Request) -> Response:
    """Lead to the login; a script that would put it into its page is told to leave that."""
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": login_url(request)})
    return RedirectResponse(login_url(request), status_code=303)
