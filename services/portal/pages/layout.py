"""What all pages of the portal have around them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from services.portal.context import portal_of
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import assurance_of
from services.portal.pages.format import done_sentence, label_of
from services.portal.pages.labels import ASSURANCES, PRIORITIES
from services.portal.pages.unsent import action_names
from services.portal.queries.notices import count_unread
from services.portal.queries.viewers import Reading, viewer_of
from shared.contracts.desk import Desk
from shared.contracts.people import Requester
from shared.core.ids import new_id
from shared.text.sentences import N_
from shared.web.auth import Caller, caller_of
from shared.web.errors import Problem, WebError, told_to_people
from shared.web.language import Translator
from shared.web.pages import render
from shared.web.refusals import REQUEST_STATES, STATES, Names
from shared.web.state import translator_of


class ForOperators(WebError):
    """Somebody who is no operator asks for the operators' pages."""

    status = 403
    kind = "for-operators"
    sentence = N_("These pages are for operators. Your own requests are under “My requests”.")


NOBODY = Requester(name="", email="")
"""Somebody who is not signed in: sees nothing."""


@asynccontextmanager
async def looking(request: Request, caller: Caller | None) -> AsyncIterator[tuple[Reading, Viewer]]:
    """Lend a connection on which `caller` reads, and him as the viewer; what his bell says is read
    with it.
    """
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester() if caller else NOBODY)
        request.state.unread = await count_unread(connection, viewer) if viewer.is_operator else 0
        yield connection, viewer


def operators_only(viewer: Viewer) -> None:
    """Raise ForOperators unless `viewer` is an operator."""
    if not viewer.is_operator:
        raise ForOperators


def page_context(request: Request) -> Mapping[str, Any]:
    """Return what the base page wants to know, for pages that no viewer was made for (errors): from
    the desk a page showed last.
    """
    desk: Desk | None = getattr(request.app.state, "page_desk", None)
    if desk is None:
        return {}
    caller = caller_of(request)
    return {
        **_desk_context(request, desk),
        "is_operator": caller is not None and caller.identity in desk.operators,
    }


def show(
    request: Request,
    viewer: Viewer,
    template: str,
    *,
    problem: Problem | None = None,
    **context: Any,
) -> HTMLResponse:
    """Return a page for `viewer`, after the action that the address names, or with the `problem`
    that an action met.
    """
    request.app.state.page_desk = viewer.desk
    problem = with_names(problem, viewer.desk, translator_of(request)) if problem else None
    page = render(
        request,
        template,
        status_code=problem.status if problem else 200,
        **{
            **_desk_context(request, viewer.desk),
            "desk": viewer.desk,
            "is_operator": viewer.is_operator,
            "unread": getattr(request.state, "unread", 0),
            "caller_identity": viewer.identity,
            "action_names": action_names(translator_of(request), is_operator=viewer.is_operator)
            if viewer.identity
            else None,
            "states": STATES,
            "request_states": REQUEST_STATES,
            "priorities": PRIORITIES,
            "assurances": ASSURANCES,
            "assurance_of": assurance_of,
            "new_command_id": new_id,
            "problem": problem,
            "done": ""
            if problem
            else done_sentence(request.query_params.get("done", ""), translator_of(request)),
            **context,
        },
    )
    if problem:
        page.headers.update(problem.headers)
    return page


def with_names(problem: Problem, desk: Desk, translate: Translator) -> Problem:
    """Return `problem` in the words of people, who know queues, persons, data and forms by the
    names that the desk gives them.
    """
    fields = {each.name: each for form in desk.forms.values() for each in form.fields}
    names = Names(
        queue=lambda slug: desk.queue_title(slug, translate.language),
        person=desk.person_name,
        data=lambda name: label_of(fields.get(name), name, translate),
        form=lambda slug: (
            desk.forms[slug].title.in_language(translate.language) if slug in desk.forms else slug
        ),
    )
    return told_to_people(problem, translate, names)


def _desk_context(request: Request, desk: Desk) -> dict[str, Any]:
    language = translator_of(request).language
    return {
        "desk_name": desk.name.in_language(language),
        "timezone": desk.timezone,
        "is_demo": portal_of(request).is_demo,
    }
