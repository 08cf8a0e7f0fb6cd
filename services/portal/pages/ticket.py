"""One ticket for operators, and what they do to it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.context import portal_of
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import TicketWithArticles
from services.portal.pages.acting import ACTIONS, Attempt, attempt
from services.portal.pages.frame import operators_only, show
from services.portal.pages.lists import ancestors_of, is_list_address, list_again
from services.portal.pages.words import ORIGINS, PRIORITIES, event_name, shown_answers, shown_changes
from services.portal.queries.tickets import get_ticket, whole_history
from services.portal.queries.viewers import viewer_of
from shared.actions import rights_on
from shared.database.desk_copy import current_desk
from shared.desk import Right
from shared.errors import NotThere
from shared.events.ticket_state import TicketState
from shared.web.auth import Caller, SignedIn
from shared.web.input import read_form
from shared.web.language import Translator
from shared.web.parts import translator_of
from shared.web.refusals import STATES
from shared.web.sentences import N_

router = APIRouter(include_in_schema=False)


@router.get("/manage/tickets/{number}")
async def one_ticket(request: Request, caller: SignedIn, number: str) -> Response:
    """All there is to see and to do about a ticket."""
    return await _ticket_page(request, caller, number, Attempt())


@router.post("/manage/tickets/{number}/{action}")
async def act_on_ticket(request: Request, caller: SignedIn, number: str, action: str) -> Response:
    """Do something to a ticket and show what came of it, or why not, with what was typed."""
    if action not in ACTIONS:
        raise NotThere
    typed = await read_form(request)
    back = typed.get("back", "")
    came_from_list = is_list_address(back)
    meant = {"until": await _in_the_desks_time(request, typed["until"])} if typed.get("until") else {}
    tried = await attempt(request, caller, action, number, typed, meant)
    if not isinstance(tried, Attempt):
        if not came_from_list and not await _still_sees(request, caller, tried.ticket):
            return _go_to(request, f"/manage?done={action}:{number}")
        here = f"{back}{'&' if '?' in back else '?'}done={action}:{number}"
        return RedirectResponse(here if came_from_list else f"/manage/tickets/{number}?done={action}", status_code=303)
    if came_from_list and tried.problem:
        return await list_again(request, caller, back, tried.problem)
    return await _ticket_page(request, caller, number, tried)


async def _in_the_desks_time(request: Request, typed: str) -> str:
    """Return a date and time as a browser sends it with the offset that it has where the desk is; what is none stays as it is."""
    try:
        local = datetime.fromisoformat(typed.strip())
    except ValueError:
        return typed
    async with portal_of(request).database.reading() as connection:
        timezone = (await current_desk(connection)).desk.timezone
    return local.isoformat() if local.tzinfo else local.replace(tzinfo=ZoneInfo(timezone)).isoformat()


def _go_to(request: Request, address: str) -> Response:
    """Lead to another page; a script that would put the answer into this one is told to leave it."""
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


async def _still_sees(request: Request, caller: Caller, ticket: TicketState) -> bool:
    async with portal_of(request).database.reading() as connection:
        return (await viewer_of(connection, caller.as_requester())).sees(ticket)


async def _ticket_page(request: Request, caller: Caller, number: str, tried: Attempt) -> Response:
    translate = translator_of(request)
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        operators_only(viewer)
        ticket = await get_ticket(connection, viewer, number, language=translate.language)
        history = await whole_history(connection, viewer, number)
    desk = viewer.desk
    form = desk.forms.get(ticket.request_type) if ticket.request_type else None
    queue = ticket.queue
    above = ancestors_of(viewer, queue, translate.language)
    if queue is not None and queue in viewer.queues:
        above.append((desk.queue_title(queue, translate.language), f"/manage/queues/{queue}"))
    return show(
        request,
        viewer,
        "ticket.html",
        problem=tried.problem,
        ticket=ticket,
        url=f"/manage/tickets/{number}",
        ancestors=above,
        history=history,
        event_name=lambda name: event_name(name, translate),
        shown_changes=lambda changes: shown_changes(changes, desk, translate),
        origin_name=lambda origin: translate(ORIGINS[origin]),
        answers=shown_answers(form, ticket.fields, translate),
        form_title=form.title.in_language(translate.language) if form else "",
        operators=_operators_with("rw", viewer, queue, ticket.owner, translate),
        watchers=_operators_with("ro", viewer, queue, ticket.responsible, translate),
        targets=_queues_to_move_to(viewer, queue, translate),
        priority_choices=[(str(priority), translate(name)) for priority, name in PRIORITIES.items()],
        command_ids={action: tried.command_id(action) for action in ACTIONS},
        wrong=tried.action,
        typed=tried.typed,
        summary=_summary(ticket, viewer, translate),
    )


def _operators_with(right: Right, viewer: Viewer, queue: str | None, but: str | None, translate: Translator) -> list[tuple[str, str]]:
    """Return the operators who have `right` on `queue`, without `but`, as (identity, name); the viewer first."""
    desk = viewer.desk
    able = [identity for identity in desk.operators if identity != but and right in rights_on(desk, identity, queue)]
    able.sort(key=lambda identity: identity != viewer.identity)
    you = f" {translate(N_('(you)'))}"
    return [(identity, desk.person_name(identity) + (you if identity == viewer.identity else "")) for identity in able]


def _queues_to_move_to(viewer: Viewer, but: str | None, translate: Translator) -> list[tuple[str, str]]:
    """Return the open queues into which the viewer may send tickets, without `but`, as (slug, title)."""
    desk = viewer.desk
    return [
        (slug, desk.queue_title(slug, translate.language))
        for slug, queue in desk.queues.items()
        if slug != but and not queue.closed and "move_into" in rights_on(desk, viewer.identity, slug)
    ]


def _summary(ticket: TicketWithArticles, viewer: Viewer, translate: Translator) -> str:
    """Return what a screen reader is told when the ticket has changed."""
    return translate(
        N_("State: %(state)s. Held by: %(holder)s. Articles: %(articles)s."),
        state=translate(STATES[ticket.state]),
        holder=viewer.desk.person_name(ticket.owner) or translate(N_("nobody")),
        articles=len(ticket.articles),
    )
