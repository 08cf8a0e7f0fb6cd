"""The pages of people without an account: the one request that their link opens, and a form to get
that link again.

All of them also answer in JSON, to who asks for it: the request as `/api/my/requests/{number}`
gives it.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.portal.api.bodies import Given, body_of
from services.portal.context import portal_of
from services.portal.domain.search_words import number_in
from services.portal.domain.views import RequestWithArticles
from services.portal.guests import Opened, ask_for_link, confirm, open_link, own_token
from services.portal.pages.layout import looking, show
from services.portal.pages.my import request_facts
from services.portal.pages.pagination import part_asked
from services.portal.pages.submit import Attempt, Meant, Typed, attempt_to, build_command
from services.portal.pages.unread_messages import send_unless_unread, unread_in
from services.portal.queries.articles import Part
from services.portal.queries.tickets import find_by_id, show_request
from services.portal.quotas import count_act
from services.portal.schemas import RequestAfterCommand
from services.portal.usecases import Done, act
from shared.contracts.commands.tickets import TicketCommand
from shared.contracts.contacts import EmailAddress
from shared.core.cause import Cause
from shared.core.errors import KeyReused, NotThere
from shared.policy.actions.registry import actions_of
from shared.text.fields import Subject
from shared.text.sentences import N_
from shared.web.auth import caller_of, same_site
from shared.web.errors import BadInput, Problem, TooManyRequests, problem_of
from shared.web.head_requests import is_only_looking
from shared.web.idempotency import idempotency_key
from shared.web.input import read_form
from shared.web.language import SHOW_IN
from shared.web.rate import client_of
from shared.web.responses import JsonAnswer
from shared.web.state import translator_of
from shared.web.unsent import unsent_in
from shared.web.validation import field_problems

router = APIRouter(include_in_schema=False)

PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The address of such a page opens it, so it is told to nobody."""

_ACTIONS = actions_of("guest")


class LinkGiven(Given):
    """Whose link is wanted: the number of a request, and the address of its requester."""

    number: Subject
    email: EmailAddress


@router.get("/requests/link")
async def link_form(request: Request) -> Response:
    """The form to get a link."""
    return await _link_page(request)


@router.post("/requests/link", dependencies=[Depends(same_site)])
async def send_link(request: Request) -> Response:
    """Have the link mailed, if number and address belong together: whether they do, nobody is
    told.
    """
    wants_json = _wants_json(request)
    typed: dict[str, str] = {}
    try:
        if wants_json:
            given = _read_json(LinkGiven, await request.body())
        else:
            typed = await read_form(request)
            given = _read_typed(typed)
        await ask_for_link(
            portal_of(request),
            number=number_in(given.number),
            email=given.email,
            client=client_of(request.scope),
            key=await idempotency_key(request),
            cause=Cause.fresh(traceparent=request.headers.get("traceparent")),
        )
    except (BadInput, TooManyRequests, KeyReused) as refusal:
        if wants_json:
            raise
        return await _link_page(
            request, typed=typed, problem=problem_of(refusal, translator_of(request))
        )
    if wants_json:
        return JsonAnswer(
            {"detail": translator_of(request)(_ASKED)}, status_code=202, headers=PRIVATE
        )
    return await _link_page(request, asked=True)


_ASKED = N_(
    "If there is a request with this number and this address, its link is on its way to that "
    "address."
)


@router.get("/requests/{token}")
async def guest_request(request: Request, token: str) -> Response:
    """The request that the link opens.

    Opening it confirms the requester's address, but not where a program only looks.
    """
    try:
        found = await _opened(request, token)
        opened = found if is_only_looking(request) else await confirm(portal_of(request), found)
    except NotThere:
        return await _closed(request)
    if _wants_json(request):
        return JsonAnswer((await _shown(request, opened)).model_dump(mode="json"), headers=PRIVATE)
    return await _request_page(
        request, token, opened, Attempt(), confirmed=_confirmed(found, opened)
    )


def _confirmed(found: Opened, opened: Opened) -> str:
    """Return what opening the link did for the requester's address: "now", "not yet", or "" where
    nothing was to do.
    """
    if found.ticket.requester.assurance != "typed" or not found.confirms:
        return ""
    return "not yet" if opened.ticket.requester.assurance == "typed" else "now"


@router.get("/requests/{token}/{action}")
async def back_to_request(request: Request, token: str, action: str) -> Response:
    """Lead to the request from the address of an action, which stands in the browser after a
    refusal.
    """
    if action not in _ACTIONS:
        raise NotThere
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/requests/{token}{query}", status_code=303, headers=PRIVATE)


@router.post("/requests/{token}/{action}", dependencies=[Depends(same_site)])
async def act_on_request(request: Request, token: str, action: str) -> Response:
    """Write to the office or withdraw the request, as its requester."""
    if action not in _ACTIONS:
        raise NotThere
    try:
        opened = await _opened(request, token)
        if _wants_json(request):
            return await _act_in_json(request, opened, action)
        return await _act_on_page(request, token, opened, action)
    except NotThere:
        return await _closed(request)


async def _act_in_json(request: Request, opened: Opened, action: str) -> Response:
    portal = portal_of(request)
    raw = await request.body()
    typed: Meant = (
        _read_json(body_of(_ACTIONS[action]), raw).model_dump() if action == "reply" else {}
    )
    key = await idempotency_key(request)
    command = _command(action, opened, typed)
    await count_act(portal, command, client=client_of(request.scope), key=key)
    done = await act(
        portal, command, key=key, cause=Cause.fresh(traceparent=request.headers.get("traceparent"))
    )
    shown = await _shown(request, opened.now_at(done.ticket))
    answer = RequestAfterCommand.model_construct(**dict(shown), is_shown=done.is_shown)
    return JsonAnswer(answer.model_dump(mode="json"), headers=PRIVATE)


async def _act_on_page(request: Request, token: str, opened: Opened, action: str) -> Response:
    portal = portal_of(request)
    typed = await read_form(request)
    if typed.get(SHOW_IN):
        return await _request_page(
            request, token, opened, Attempt.half_typed(f"my-{action}", typed)
        )

    async def send(fields: Typed) -> Done | Attempt:
        return await attempt_to(
            request, f"my-{action}", fields, lambda clean: _command(action, opened, clean)
        )

    tried = await send_unless_unread(request, opened.ticket.number, typed, send)
    if isinstance(tried, Done):
        to = own_token(portal, opened, tried.ticket)
        return RedirectResponse(
            f"/requests/{to}?done=my-{action}", status_code=303, headers=PRIVATE
        )
    return await _request_page(request, token, await _opened(request, token), tried)


def _command(action: str, opened: Opened, typed: Meant) -> TicketCommand:
    ticket = opened.ticket
    facts = {"number": ticket.number, "ticket_id": ticket.id, "confirms": opened.confirms}
    return build_command(_ACTIONS[action].command, typed, caller=opened.caller, **facts)


async def _opened(request: Request, token: str) -> Opened:
    portal = portal_of(request)
    async with portal.database.reading() as connection:
        return await open_link(portal, connection, token)


async def _shown(request: Request, opened: Opened, part: Part | None = None) -> RequestWithArticles:
    async with portal_of(request).database.reading() as connection:
        now = opened.as_read(await find_by_id(connection, opened.ticket.id) or opened.ticket)
        return await show_request(
            connection, opened.viewer, now, language=translator_of(request).language, part=part
        )


async def _request_page(
    request: Request, token: str, opened: Opened, tried: Attempt, *, confirmed: str = ""
) -> Response:
    translate = translator_of(request)
    part = part_asked(request).articles
    shown = await _shown(request, opened, part)
    async with looking(request, caller_of(request)) as (connection, viewer):
        page = show(
            request,
            viewer,
            "guest_request.html",
            problem=tried.problem,
            **request_facts(shown, tried, viewer.desk, translate),
            url=f"/requests/{token}",
            part=part,
            confirmed=confirmed,
            unread_words=await unread_in(connection, opened.ticket.number, tried, shown.articles),
            command_ids={action: tried.command_id(f"my-{action}") for action in _ACTIONS},
        )
    page.headers.update(PRIVATE)
    return page


async def _closed(request: Request) -> Response:
    """Answer a link that opens nothing, whatever the reason, always in the same way; what was to be
    sent by it comes back.
    """
    if _wants_json(request):
        raise NotThere
    return await _link_page(request, is_closed=True)


async def _link_page(
    request: Request,
    *,
    typed: dict[str, str] | None = None,
    problem: Problem | None = None,
    asked: bool = False,
    is_closed: bool = False,
) -> Response:
    errors = _told(problem)
    unsent = (
        unsent_in(request, translator_of(request), status=404, labels={}) if is_closed else None
    )
    async with looking(request, caller_of(request)) as (_, viewer):
        page = show(
            request,
            viewer,
            "guest_link.html",
            asked=asked,
            is_closed=is_closed,
            unsent=unsent,
            days=portal_of(request).guests.days,
            typed=typed or {},
            problems=errors,
            wrong={name: sentence for name, sentence in errors if name},
        )
    page.status_code = problem.status if problem else 404 if is_closed else 202 if asked else 200
    page.headers.update({**PRIVATE, **(problem.headers if problem else {})})
    return page


def _told(problem: Problem | None) -> Sequence[tuple[str, str]]:
    if problem is None:
        return ()
    return [(error["field"], error["message"]) for error in problem.errors] or [
        ("", problem.detail)
    ]


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    sends_json = request.headers.get("content-type", "").startswith("application/json")
    return "text/html" not in accepted and ("application/json" in accepted or sends_json)


def _read_json(kind: type[Any], raw: bytes) -> Any:
    """Return the body as `kind` describes it. Raises BadInput naming its fields."""
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise BadInput(
            *field_problems([{**one, "loc": ("body", *one["loc"])} for one in found])
        ) from None


def _read_typed(typed: dict[str, str]) -> LinkGiven:
    given = {name: typed.get(name, "").strip() for name in ("number", "email")}
    try:
        return LinkGiven.model_validate(given)
    except ValidationError as error:
        raise BadInput(
            *field_problems(error.errors(include_url=False, include_input=False))
        ) from None
