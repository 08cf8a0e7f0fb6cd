"""The requester's pages: all own requests and those shared with him, and one of them."""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.api.pagination import tickets_asked
from services.portal.domain.views import RequestView, RequestWithArticles
from services.portal.pages.breadcrumbs import MY_REQUESTS, remember, requests_before
from services.portal.pages.changes_since import version_read
from services.portal.pages.child_form import fields_of
from services.portal.pages.filters import list_address
from services.portal.pages.format import shown_answers
from services.portal.pages.labels import EXPLANATIONS, EXPLANATIONS_TO_OTHERS
from services.portal.pages.layout import looking, show
from services.portal.pages.pagination import part_asked
from services.portal.pages.submit import Attempt, attempt
from services.portal.pages.unread_messages import send_unless_unread, unread_in
from services.portal.pages.unsent import texts_left
from services.portal.queries.lists import list_requests
from services.portal.queries.tickets import get_request
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import ENDED
from shared.core.errors import NotThere
from shared.policy.actions.registry import actions_of
from shared.text.sentences import N_
from shared.web.auth import Caller, SignedIn
from shared.web.input import read_form
from shared.web.language import SHOW_IN, Translator
from shared.web.pagination import Page
from shared.web.refusals import REQUEST_STATES
from shared.web.state import translator_of

router = APIRouter(include_in_schema=False)

ROWS = 25
_SCOPE = "my pages"
_ACTIONS = tuple(actions_of("requester"))


@dataclass(frozen=True, slots=True)
class Step:
    """A station on the way of a request."""

    name: str
    phase: Literal["done", "now", "later"]


@router.get("/my")
async def my_requests(request: Request, caller: SignedIn) -> Response:
    """All requests of the caller, newest first."""
    translate = translator_of(request)
    page = Page(limit=ROWS, cursor=request.query_params.get("cursor") or None)
    asked = tickets_asked(
        page, me=caller.identity, q=request.query_params.get("q", "").strip(), name=_SCOPE
    )
    words = asked.wanted.words
    async with looking(request, caller) as (connection, viewer):
        found = await list_requests(
            connection,
            viewer,
            language=translate.language,
            limit=asked.limit,
            after=asked.after,
            words=words,
        )
    kept = {"q": words} if words else {}
    next_cursor = asked.cursor(found.next)
    here = list_address(MY_REQUESTS, {**kept, **({"cursor": page.cursor} if page.cursor else {})})
    shown = show(
        request,
        viewer,
        "my.html",
        requests=found.items,
        words=words,
        here=here,
        next_url=list_address(MY_REQUESTS, {**kept, "cursor": next_cursor}) if next_cursor else "",
        first_url=list_address(MY_REQUESTS, kept) if page.cursor else "",
    )
    remember(request, shown, caller, "sportello_my", here)
    return shown


@router.get("/my/{number}")
async def my_request(request: Request, caller: SignedIn, number: str) -> Response:
    """Where one request stands, what was written, and a reply."""
    return await _request_page(request, caller, number, Attempt())


@router.get("/my/{number}/{action}")
async def back_to_request(request: Request, number: str, action: str) -> Response:
    """Lead to the request from the address of an action, which stands in the browser after a
    refusal.
    """
    if action not in _ACTIONS:
        raise NotThere
    return RedirectResponse(
        f"/my/{number}{'?' if request.url.query else ''}{request.url.query}", status_code=303
    )


@router.post("/my/{number}/{action}")
async def act_on_request(request: Request, caller: SignedIn, number: str, action: str) -> Response:
    """Reply to the office, withdraw the request, or say who else may read it."""
    if action not in _ACTIONS:
        raise NotThere
    typed = await read_form(request)
    if typed.get(SHOW_IN):
        return await _request_page(
            request, caller, number, Attempt.half_typed(f"my-{action}", typed)
        )
    tried = await send_unless_unread(
        request,
        number,
        typed,
        lambda fields: attempt(request, caller, f"my-{action}", number, fields),
    )
    if isinstance(tried, Attempt):
        return await _request_page(request, caller, number, tried)
    return RedirectResponse(f"/my/{tried.ticket.number}?done=my-{action}", status_code=303)


async def _request_page(request: Request, caller: Caller, number: str, tried: Attempt) -> Response:
    translate = translator_of(request)
    async with looking(request, caller) as (connection, viewer):
        asked = part_asked(request)
        ticket = await get_request(
            connection, viewer, number, language=translate.language, part=asked.articles
        )
        unread = await unread_in(connection, number, tried, ticket.articles)
    return show(
        request,
        viewer,
        "my_request.html",
        problem=tried.problem,
        **request_facts(ticket, tried, viewer.desk, translate),
        url=f"/my/{number}",
        live_url=f"/my/{number}{asked.query}",
        part=asked.articles,
        back_to=requests_before(request, caller),
        may_share=ticket.may_share,
        unread_words=unread,
        command_ids={action: tried.command_id(f"my-{action}") for action in _ACTIONS},
    )


def request_facts(
    ticket: RequestWithArticles, tried: Attempt, desk: Desk, translate: Translator
) -> dict[str, Any]:
    """Return what the page of a request shows, whoever reads it: where it stands, what was answered
    and written, what was typed.
    """
    wrong = (
        {error["field"]: error["message"] for error in tried.problem.errors}
        if tried.problem
        else {}
    )
    offered = {"reply": ticket.may_reply, "share": ticket.may_share}
    help_sentence = _IT_REOPENS if ticket.state in ENDED else _IT_REACHES
    return {
        "ticket": ticket,
        "steps": steps_of(ticket, translate),
        "explanation": translate(
            (EXPLANATIONS if ticket.shared_by is None else EXPLANATIONS_TO_OTHERS)[ticket.state]
        ),
        "may_reply": ticket.may_reply,
        "may_withdraw": ticket.may_withdraw,
        "reply_help": translate(help_sentence),
        "body_error": wrong.get("body", ""),
        "unsent": texts_left(
            tried, {f"my-{action}" for action, may in offered.items() if may}, translate
        ),
        "wrong": tried.action.removeprefix("my-"),
        "typed": tried.typed,
        "version_of_reply": version_read(ticket.version, tried.problem),
        **_new_request(ticket, desk, translate),
        "answers": shown_answers(fields_of(desk, ticket.request_type), ticket.answers, translate),
    }


def _new_request(ticket: RequestView, desk: Desk, translate: Translator) -> dict[str, str]:
    """Return where a new request is sent from, for a closed one that takes no replies; "" for all
    others.
    """
    if ticket.may_reply or ticket.state not in _CLOSED or ticket.shared_by is not None:
        return {"new_request": "", "new_request_title": ""}
    form = desk.forms.get(ticket.request_type) if ticket.request_type else None
    if form is None:
        return {"new_request": "/forms", "new_request_title": translate(N_("Choose a form"))}
    return {
        "new_request": f"/forms/{ticket.request_type}",
        "new_request_title": form.title.in_language(translate.language),
    }


_CLOSED = frozenset({"closed_successful", "closed_unsuccessful"})
_IT_REACHES = N_("It reaches the office that handles your request.")
_IT_REOPENS = N_("If you write, your request is reopened.")


def steps_of(ticket: RequestView, translate: Translator) -> list[Step]:
    """Return the stations of a request: those behind it, the one where it stands, those to come."""
    received, begun = translate(N_("Received")), translate(N_("Being handled"))
    if ticket.state in ("withdrawn", "merged"):
        return [Step(received, "done"), Step(translate(REQUEST_STATES[ticket.state]), "now")]
    if ticket.state in ENDED:
        return [
            Step(received, "done"),
            Step(begun, "done"),
            Step(translate(REQUEST_STATES[ticket.state]), "now"),
        ]
    closed = Step(translate(N_("Concluded")), "later")
    if ticket.state == "new":
        return [Step(received, "now"), Step(begun, "later"), closed]
    if ticket.state == "waiting_requester":
        awaited = (
            N_("Your answer is needed")
            if ticket.shared_by is None
            else N_("The requester's answer is needed")
        )
        return [
            Step(received, "done"),
            Step(begun, "done"),
            Step(translate(awaited), "now"),
            closed,
        ]
    return [Step(received, "done"), Step(begun, "now"), closed]
