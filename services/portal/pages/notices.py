"""What the bell rang for, and how an operator wants to be told."""

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.portal.api.pagination import read_notice_position, write_notice_cursor
from services.portal.context import portal_of
from services.portal.pages.happenings import notice_sentence
from services.portal.pages.labels import NOTICES, RHYTHMS
from services.portal.pages.layout import looking, operators_only, show
from services.portal.pages.submit import Attempt
from services.portal.queries.notices import list_notices, preferences_of
from services.portal.usecases import read_notices, set_preferences
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.notify import NoticeKind
from shared.core.errors import BusUnreachable, NoAnswer, NotThere, Refusal
from shared.web.auth import Caller, SignedIn
from shared.web.errors import BadInput, problem_of
from shared.web.idempotency import checked_key
from shared.web.input import read_form
from shared.web.pagination import Page
from shared.web.state import translator_of
from shared.web.validation import field_problems

router = APIRouter(include_in_schema=False)

ROWS = 25
_HERE = "/manage/notices"
_MUTED = "mute-"
_NEVER_MUTED: frozenset[NoticeKind] = frozenset({"changed"})
"""What only the owner and the responsible are told of, and they are always told."""


@router.get(_HERE)
async def notices(request: Request, caller: SignedIn) -> Response:
    """What the caller was told, newest first."""
    translate = translator_of(request)
    only_unread = request.query_params.get("unread") == "true"
    page = Page(limit=ROWS, cursor=request.query_params.get("cursor") or None)
    after = read_notice_position(page)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        found, following = await list_notices(
            connection, viewer, unread=True if only_unread else None, limit=page.limit, after=after
        )
    first = f"{_HERE}?unread=true" if only_unread else _HERE
    turn = f"{first}{'&' if only_unread else '?'}cursor="
    return show(
        request,
        viewer,
        "notices.html",
        notices=found,
        sentence_of=lambda notice: notice_sentence(notice, caller.identity, viewer.desk, translate),
        only_unread=only_unread,
        here=f"{turn}{page.cursor}" if page.cursor else first,
        next_url=f"{turn}{write_notice_cursor(following)}" if following else "",
        first_url=first if page.cursor else "",
    )


@router.get(f"{_HERE}/preferences")
async def preferences(request: Request, caller: SignedIn) -> Response:
    """How the caller is told, to be changed."""
    return await _preferences_page(request, caller, Attempt())


@router.post(f"{_HERE}/read")
async def read(request: Request, caller: SignedIn) -> Response:
    """Mark a notice, or all, as read, and lead back to the list."""
    typed = await read_form(request)
    async with looking(request, caller) as (_, viewer):
        operators_only(viewer)
    try:
        ids = None if typed.get("all") == "true" else [UUID(typed.get("id", ""))]
    except ValueError:
        raise NotThere from None
    await read_notices(portal_of(request), operator=caller.identity, ids=ids)
    back = typed.get("back", "")
    here = back if back.startswith(f"{_HERE}?") and back.isprintable() else _HERE
    return RedirectResponse(f"{here}{'&' if '?' in here else '?'}done=read", status_code=303)


@router.post(f"{_HERE}/preferences")
async def choose(request: Request, caller: SignedIn) -> Response:
    """Keep how the caller wants to be told."""
    translate = translator_of(request)
    typed = await read_form(request)
    muted = [name.removeprefix(_MUTED) for name in typed if name.startswith(_MUTED)]
    try:
        command = SetPreferences.model_validate(
            {"caller": caller.as_requester(), "rhythm": typed.get("rhythm"), "muted": muted}
        )
        key = (
            checked_key(typed["command_id"], field="command_id") if "command_id" in typed else None
        )
        await set_preferences(portal_of(request), command, key=key)
    except ValidationError as error:
        problem = problem_of(BadInput(*field_problems(error.errors())), translate)
        return await _preferences_page(request, caller, Attempt("preferences", typed, problem))
    except (Refusal, BadInput) as refusal:
        return await _preferences_page(
            request, caller, Attempt("preferences", typed, problem_of(refusal, translate))
        )
    except (NoAnswer, BusUnreachable) as unknown:
        problem = problem_of(unknown, translate)
        return await _preferences_page(
            request, caller, Attempt("preferences", typed, problem, key=typed.get("command_id"))
        )
    return RedirectResponse(f"{_HERE}/preferences?done=preferences", status_code=303)


async def _preferences_page(request: Request, caller: Caller, tried: Attempt) -> Response:
    translate = translator_of(request)
    async with looking(request, caller) as (connection, viewer):
        operators_only(viewer)
        chosen = await preferences_of(connection, caller.identity)
    typed = tried.typed
    return show(
        request,
        viewer,
        "preferences.html",
        problem=tried.problem,
        command_id=tried.command_id("preferences"),
        rhythms=[(rhythm, translate(words)) for rhythm, words in RHYTHMS.items()],
        chosen_rhythm=typed.get("rhythm", "") or chosen.rhythm,
        kinds=[
            (kind, translate(words)) for kind, words in NOTICES.items() if kind not in _NEVER_MUTED
        ],
        muted=[name.removeprefix(_MUTED) for name in typed if name.startswith(_MUTED)]
        if typed
        else chosen.muted,
    )
