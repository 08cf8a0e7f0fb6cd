"""One ticket for operators, and what they do to it."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.context import portal_of
from services.portal.domain.family import FamilyNode
from services.portal.domain.search_words import number_in
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ChildView, TicketWithArticles
from services.portal.pages import choices
from services.portal.pages.breadcrumbs import is_list_address, list_before, trail_of
from services.portal.pages.changes_since import ASK_ABOUT_NEWS, news_in, version_read
from services.portal.pages.child_form import fields_of
from services.portal.pages.children import read_resend, resend_asked
from services.portal.pages.format import event_name, shown_answers, shown_changes, told_by_version
from services.portal.pages.labels import (
    CHILD_NEWS,
    LINK_KINDS,
    ORIGINS,
    RUN_STATES,
    STEP_ICONS,
    STEP_STATES,
)
from services.portal.pages.layout import looking, operators_only, show
from services.portal.pages.lists import Acted, list_again
from services.portal.pages.pagination import MOST_CHANGES, part_asked
from services.portal.pages.reasons import routing_reason, system_reason
from services.portal.pages.submit import (
    OPERATORS_ACTIONS,
    Attempt,
    Meant,
    attempt,
    cleaned,
    meant_by,
)
from services.portal.pages.unsent import forms_on_page, other_ways, texts_left
from services.portal.queries.history import newest_history
from services.portal.queries.notices import notices_of
from services.portal.queries.tickets import get_ticket_or_child, is_for_operator, state_now
from services.portal.queries.viewers import Reading
from services.portal.usecases import read_notices_about
from shared.contracts.events.ticket_state import TicketState
from shared.core.errors import NotThere
from shared.policy.actions.registry import actions_of
from shared.web.auth import Caller, SignedIn
from shared.web.errors import BadInput, problem_of
from shared.web.input import read_form
from shared.web.language import Translator
from shared.web.state import translator_of

router = APIRouter(include_in_schema=False)

_CHOICES = {"assign": "operators", "responsible": "witnesses", "move": "targets"}
"""Actions whose form is there only if there is something to choose, and what the page calls
that.
"""
_TOLD_THE_OFFICE = frozenset(
    action for action, row in actions_of("operator").items() if row.done_to_child
)
"""What reaches another office in place of the requester when it is done to a child."""


@router.get("/manage/tickets/{number}")
async def one_ticket(request: Request, caller: SignedIn, number: str) -> Response:
    """All there is to see and to do about a ticket; what its reader was notified of about it is
    read by that.
    """
    await read_notices_about(portal_of(request), caller.as_requester(), number=number)
    return await _ticket_page(request, caller, number, Attempt())


@router.get("/manage/tickets/{number}/{action}")
async def back_to_ticket(request: Request, number: str, action: str) -> Response:
    """Lead to the ticket from the address of an action: after a refusal it stands in the browser,
    and choosing a language asks for it.
    """
    if action not in OPERATORS_ACTIONS:
        raise NotThere
    return RedirectResponse(
        f"/manage/tickets/{number}{'?' if request.url.query else ''}{request.url.query}",
        status_code=303,
    )


@router.post("/manage/tickets/{number}/{action}")
async def act_on_ticket(request: Request, caller: SignedIn, number: str, action: str) -> Response:
    """Do something to a ticket and show what came of it, or why not, with what was typed."""
    if action not in OPERATORS_ACTIONS:
        raise NotThere
    typed = await read_form(request)
    back = typed.get("back", "")
    came_from_list = is_list_address(back)
    if action == "merge" and (into := await _asked_about(request, caller, number, typed)):
        return await _ticket_page(
            request, caller, number, Attempt.half_typed(action, cleaned(typed)), merge_into=into
        )
    try:
        meant = await _meant(request, caller, number, action, typed)
    except BadInput as wrong:
        return await _ticket_page(
            request,
            caller,
            number,
            Attempt(action, cleaned(typed), problem_of(wrong, translator_of(request))),
        )
    tried = await attempt(request, caller, action, number, typed, meant)
    if not isinstance(tried, Attempt):
        if not came_from_list and not await _still_gets(request, caller, tried.ticket):
            # Where he no longer sees it there is no history from which he could take it back.
            undo = f"&undo={tried.ticket.version}" if action == "move" else ""
            return _go_to(request, f"/manage?done={action}:{number}{undo}")
        done = (
            f"child-{action}"
            if tried.ticket.parent_id is not None and action in _TOLD_THE_OFFICE
            else action
        )
        here = f"{back}{'&' if '?' in back else '?'}done={done}:{number}"
        return RedirectResponse(
            here if came_from_list else f"/manage/tickets/{number}?done={done}", status_code=303
        )
    if came_from_list and tried.problem:
        return await list_again(request, caller, back, Acted(tried.problem))
    return await _ticket_page(request, caller, number, tried)


async def _meant(
    request: Request, caller: Caller, number: str, action: str, typed: Mapping[str, str]
) -> Meant:
    """Return what those fields of a form stand for whose text does not say it in full.

    Raises BadInput, and NotThere for a child that is not there for the caller.
    """
    if action == "resend":
        async with looking(request, caller) as (connection, viewer):
            return {"fields": await read_resend(connection, viewer, number, typed)}
    return await meant_by(request, action, typed)


async def _asked_about(
    request: Request, caller: Caller, number: str, typed: Mapping[str, str]
) -> TicketWithArticles | None:
    """Return the ticket into which `number` is to be merged, where the form does not say yet that
    its sender has seen which it is.

    None for what the caller cannot see or do: tickets refuses that.
    """
    into = number_in(typed.get("into", ""))
    if into in (number, typed.get("confirmed")):
        return None
    async with looking(request, caller) as (connection, viewer):
        try:
            mine, other = [
                await get_ticket_or_child(
                    connection, viewer, each, language=translator_of(request).language
                )
                for each in (number, into)
            ]
        except NotThere:
            return None
    return other if isinstance(other, TicketWithArticles) and "merge" in mine.actions else None


def _go_to(request: Request, address: str) -> Response:
    """Lead to another page; a script that would put the answer into this one is told to leave
    it.
    """
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


async def _still_gets(request: Request, caller: Caller, ticket: TicketState) -> bool:
    async with looking(request, caller) as (connection, viewer):
        return await is_for_operator(connection, viewer, await state_now(connection, ticket))


async def _ticket_page(
    request: Request,
    caller: Caller,
    number: str,
    tried: Attempt,
    *,
    merge_into: TicketWithArticles | None = None,
) -> Response:
    translate = translator_of(request)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        asked_part = part_asked(request)
        part = asked_part.articles
        ticket = await get_ticket_or_child(
            connection, viewer, number, language=translate.language, part=part
        )
        asked = await resend_asked(connection, viewer, ticket, tried, translate)
        if isinstance(ticket, ChildView):
            facts: dict[str, Any] = {"template": "child.html", "seen": {ticket.parent}}
        else:
            facts = await _operators_facts(
                connection, viewer, ticket, translate, changes_before=asked_part.changes_before
            )
    form = viewer.desk.forms.get(ticket.request_type) if ticket.request_type else None
    nothing_to_choose = [action for action, choices in _CHOICES.items() if not facts.get(choices)]
    forms = forms_on_page(ticket.actions, nothing_to_choose)
    before = list_before(request, caller)
    return show(
        request,
        viewer,
        facts.pop("template"),
        problem=tried.problem,
        done_action="" if tried.action else request.query_params.get("done", ""),
        ticket=ticket,
        url=f"/manage/tickets/{number}",
        live_url=f"/manage/tickets/{number}{asked_part.query}",
        part=part,
        back_to=before,
        ancestors=trail_of(viewer, ticket.queue, before, translate),
        answers=shown_answers(
            fields_of(viewer.desk, ticket.request_type), ticket.fields, translate
        ),
        event_name=lambda name: event_name(name, translate),
        form_title=form.title.in_language(translate.language) if form else "",
        child_news=CHILD_NEWS,
        resend=asked,
        command_ids={action: tried.command_id(action) for action in OPERATORS_ACTIONS},
        read_version=version_read(ticket.version, tried.problem),
        asks_about_news=ASK_ABOUT_NEWS,
        news=news_in(tried.problem, ticket.articles),
        wrong=tried.action,
        merge_into=merge_into,
        typed=tried.typed,
        unsent=texts_left(tried, forms, translate),
        other_ways=other_ways(tried, forms, translate),
        **facts,
    )


async def _operators_facts(
    connection: Reading,
    viewer: Viewer,
    ticket: TicketWithArticles,
    translate: Translator,
    *,
    changes_before: int | None,
) -> dict[str, Any]:
    """Return what the page of a ticket shows beside the ticket to who sees its queue."""
    desk, queue = viewer.desk, ticket.queue
    history, earlier = await newest_history(
        connection, viewer, ticket.number, most=MOST_CHANGES, before=changes_before
    )
    versions = (history[0].version, history[-1].version) if history else (0, 0)
    told = told_by_version(
        await notices_of(connection, viewer, ticket.number, versions=versions), viewer, translate
    )
    return {
        "template": "ticket.html",
        "seen": seen_in(ticket.family) if ticket.family else set(),
        "history": history,
        "earlier_changes": earlier,
        "changes_before": changes_before,
        "told_of": lambda version: told.get(version, []),
        "system_reason": lambda event, reason: system_reason(event, reason, desk, translate),
        "routing_reason": lambda reason: routing_reason(reason, desk, translate, is_named=True),
        "shown_changes": lambda changes: shown_changes(changes, desk, translate),
        "origin_name": lambda origin: translate(ORIGINS[origin]),
        "link_names": LINK_KINDS,
        "run_states": RUN_STATES,
        "step_states": STEP_STATES,
        "step_icons": STEP_ICONS,
        "operators": choices.operators_with("rw", viewer, queue, ticket.owner, translate),
        "witnesses": choices.operators_with("ro", viewer, queue, ticket.responsible, translate),
        "targets": choices.queues_to_move_to(viewer, queue, translate),
        "child_targets": choices.child_targets(viewer, queue, translate),
        "priority_choices": choices.priority_choices(translate),
        "link_kinds": choices.link_kinds(translate),
    }


def seen_in(node: FamilyNode) -> set[str]:
    """Return the numbers of the tickets in the tree that may be followed."""
    below = {number for child in node.children for number in seen_in(child)}
    return below | {node.number} if node.seen else below
