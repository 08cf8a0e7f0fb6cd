"""Opening a child from a ticket, and completing one that came back."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ChildView, TicketWithArticles
from services.portal.pages.breadcrumbs import list_before, trail_of
from services.portal.pages.child_form import Asked, asked_for, read_answers
from services.portal.pages.choices import QUEUE, REQUEST_TYPE
from services.portal.pages.layout import looking, operators_only, show
from services.portal.pages.submit import Attempt, attempt, cleaned
from services.portal.queries.articles import Part
from services.portal.queries.tickets import find_state, get_ticket, get_ticket_or_child
from services.portal.queries.viewers import Reading
from shared.contracts.desk import Desk
from shared.contracts.events.intake import Answer
from shared.core.errors import NotThere
from shared.web.auth import Caller, SignedIn
from shared.web.errors import BadInput, problem_of
from shared.web.input import read_form
from shared.web.language import Translator
from shared.web.state import translator_of

router = APIRouter(include_in_schema=False)

_NOTHING_KNOWN: Mapping[str, Answer] = {}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a child is opened: in `queue`, or where the rules send children of `request_type`."""

    queue: str | None
    request_type: str | None
    title: str
    needs: tuple[str, ...]
    """The names of the data that a child there must have."""

    @property
    def to(self) -> str:
        """The target as a form names it."""
        return f"{QUEUE}{self.queue}" if self.queue else f"{REQUEST_TYPE}{self.request_type}"


@router.get("/manage/tickets/{number}/children/new")
async def new_child(request: Request, caller: SignedIn, number: str) -> Response:
    """What the other office is asked, and with which data."""
    return await _new_child_page(
        request, caller, number, request.query_params.get("to", ""), Attempt()
    )


@router.post("/manage/tickets/{number}/children")
async def open_child(request: Request, caller: SignedIn, number: str) -> Response:
    """Open the child and lead back to the ticket, which waits for it."""
    typed = await read_form(request)
    to = typed.get("to", "")
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        ticket = await get_ticket(
            connection, viewer, number, language=translator_of(request).language, part=Part()
        )
    target = _target(viewer.desk, to, translator_of(request).language)
    try:
        fields = read_answers(
            viewer.desk,
            typed,
            ticket.fields,
            request_type=target.request_type or ticket.request_type,
        )
    except BadInput as wrong:
        tried = Attempt("children", cleaned(typed), problem_of(wrong, translator_of(request)))
        return await _new_child_page(request, caller, number, to, tried)
    place = {"queue": target.queue} if target.queue else {"request_type": target.request_type or ""}
    done = await attempt(request, caller, "children", number, typed, {**place, "fields": fields})
    if isinstance(done, Attempt):
        return await _new_child_page(request, caller, number, to, done)
    return RedirectResponse(f"/manage/tickets/{number}?done=children", status_code=303)


async def _new_child_page(
    request: Request, caller: Caller, number: str, to: str, tried: Attempt
) -> Response:
    translate = translator_of(request)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        ticket = await get_ticket(
            connection, viewer, number, language=translate.language, part=Part()
        )
    target = _target(viewer.desk, to, translate.language)
    asked = asked_for(
        viewer.desk,
        needed=target.needs,
        wanted=(),
        known=ticket.fields,
        request_type=target.request_type or ticket.request_type,
        typed=tried.typed,
        translate=translate,
    )
    return show(
        request,
        viewer,
        "new_child.html",
        problem=tried.problem,
        ticket=ticket,
        url=f"/manage/tickets/{number}",
        ancestors=trail_of(viewer, ticket.queue, list_before(request, caller), translate),
        target=target,
        asked=asked,
        command_ids={"children": tried.command_id("children")},
        wrong=tried.action,
        typed=tried.typed,
    )


async def resend_asked(
    connection: Reading,
    viewer: Viewer,
    child: TicketWithArticles | ChildView,
    tried: Attempt,
    translate: Translator,
) -> Asked | None:
    """Return what the form asks that sends `child` again; None where the viewer may not."""
    if "resend" not in child.actions:
        return None
    return asked_for(
        viewer.desk,
        needed=_needs(viewer.desk, child.queue, child.request_type),
        wanted=child.fields,
        known={**await _parents_answers(connection, child.parent), **child.fields},
        request_type=child.request_type,
        typed=tried.typed if tried.action == "resend" else {},
        translate=translate,
    )


async def read_resend(
    connection: Reading, viewer: Viewer, number: str, typed: Mapping[str, str]
) -> dict[str, Answer]:
    """Return the answers with which the child `number` is to be sent again.

    Raises BadInput, and NotThere for who may not get it.
    """
    child = await get_ticket_or_child(connection, viewer, number, language="it")
    known = (
        await _parents_answers(connection, child.parent)
        if "resend" in child.actions
        else _NOTHING_KNOWN
    )
    return read_answers(viewer.desk, typed, known, request_type=child.request_type)


async def _parents_answers(connection: Reading, parent: str | None) -> Mapping[str, Answer]:
    """Return what the parent of a child knows; who may send the child again owns the parent, and so
    sees it.
    """
    ticket = await find_state(connection, parent) if parent is not None else None
    return ticket.fields if ticket is not None else _NOTHING_KNOWN


def _target(desk: Desk, to: str, language: str) -> Target:
    """Return the target that a form names. Raises NotThere for one that the desk does not have."""
    if to.startswith(QUEUE) and (queue := to.removeprefix(QUEUE)) in desk.queues:
        return Target(queue, None, desk.queue_title(queue, language), _needs(desk, queue, None))
    if to.startswith(REQUEST_TYPE) and (slug := to.removeprefix(REQUEST_TYPE)) in desk.forms:
        return Target(
            None, slug, desk.forms[slug].title.in_language(language), _needs(desk, None, slug)
        )
    raise NotThere


def _needs(desk: Desk, queue: str | None, request_type: str | None) -> tuple[str, ...]:
    """Return the names of the data that a child must have: what the queue needs, and the required
    fields of the form.
    """
    description = desk.queues.get(queue) if queue else None
    form = desk.forms.get(request_type) if request_type else None
    asked = [field.name for field in form.fields if field.required] if form else []
    return tuple(dict.fromkeys([*(description.needs if description else ()), *asked]))
