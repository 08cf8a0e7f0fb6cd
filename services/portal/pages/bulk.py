"""One action on many tickets of a list, each answered on its own."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.api.bodies import MOST_TICKETS
from services.portal.pages.breadcrumbs import ALL_TICKETS, is_list_address
from services.portal.pages.format import typed_in_words
from services.portal.pages.labels import BULK, DONE
from services.portal.pages.layout import looking, operators_only, show, with_names
from services.portal.pages.lists import PICKED, Acted, Result, list_again, numbers_matching
from services.portal.pages.submit import Attempt, Meant, attempt, cleaned, meant_by, problem_before
from shared.core.errors import NotThere
from shared.core.ids import new_id
from shared.text.sentences import N_
from shared.web.auth import Caller, SignedIn
from shared.web.errors import BadInput, Problem, problem_of
from shared.web.input import read_form
from shared.web.language import language_of
from shared.web.security_log import log_refusal
from shared.web.state import translator_of
from shared.web.validation import TOO_MANY_TICKETS

router = APIRouter(include_in_schema=False)

ACTIONS = tuple(BULK)
"""What can be done to many tickets at once."""
AT_ONCE = 8
WHOLE_LIST = "rows-"
"""What the name of the box begins with that picks all rows of a list; its value holds their
numbers.
"""
ALL_MATCHING = "all-matching"
"""The box that asks for all tickets that match the filters of the list, whatever its page."""
CONFIRMED = "numbers"
"""The numbers that were all that matched, when somebody was asked whether they mean so many."""

_NONEPICKED = N_("Choose at least one ticket.")
_NONE_MATCHES = N_("No ticket matches the filters any more.")
_TOO_MANY_MATCH = N_(
    "More than %(most)s tickets match: narrow the filters, at most %(most)s can be changed at once."
)


@router.get("/manage/bulk")
async def nothing_chosen(request: Request) -> Response:
    """Lead to the lists: what was done here stands in no address, and choosing a language comes
    back to it.
    """
    return RedirectResponse(f"{ALL_TICKETS}?lang={language_of(request)}", status_code=303)


@router.post("/manage/bulk")
async def act_on_many(request: Request, caller: SignedIn) -> Response:
    """Do something to each of the chosen tickets and show the list again, with what came of it.

    Before it is done to all that match the filters, somebody is told how many they are, and asked.
    """
    typed = await read_form(request)
    action, back = typed.get("action", ""), typed.get("back", "")
    if action not in ACTIONS:
        raise NotThere
    back = back if is_list_address(back) else ALL_TICKETS
    if ALL_MATCHING in typed:
        return await _ask_first(request, caller, action, back, typed)
    return await list_again(
        request, caller, back, await _act(request, caller, action, _chosen(typed), typed)
    )


def _chosen(typed: Mapping[str, str]) -> list[str]:
    """Return the numbers that were picked one by one, with all rows of a list, or as all that
    matched.
    """
    picked = [name.removeprefix(PICKED) for name in typed if name.startswith(PICKED)]
    listed = [
        number
        for name, value in typed.items()
        if name.startswith(WHOLE_LIST) or name == CONFIRMED
        for number in value.split()
    ]
    return list(dict.fromkeys([*picked, *listed]))


async def _ask_first(
    request: Request, caller: Caller, action: str, back: str, typed: Mapping[str, str]
) -> Response:
    """Return the page that says how many tickets match now, and asks; or the list again where
    nothing can come of it.
    """
    translate = translator_of(request)
    meant = await _meant(request, action, typed)
    problem = problem_before(request, caller, action, typed, meant)
    numbers = (
        await numbers_matching(request, caller, back, most=MOST_TICKETS + 1)
        if problem is None
        else []
    )
    if problem is None and not 0 < len(numbers) <= MOST_TICKETS:
        wrong = _NONE_MATCHES if not numbers else _TOO_MANY_MATCH
        problem = problem_of(BadInput.of("numbers", wrong, most=MOST_TICKETS), translate)
    if problem is not None:
        return await list_again(request, caller, back, Acted(problem, typed=cleaned(typed)))
    async with looking(request, caller) as (_, viewer):
        operators_only(viewer)
    kept = {
        name: value
        for name, value in typed.items()
        if not name.startswith((PICKED, WHOLE_LIST)) and name != ALL_MATCHING
    }
    return show(
        request,
        viewer,
        "bulk.html",
        action_name=translate(BULK[action]),
        count=len(numbers),
        facts=typed_in_words(action, typed, viewer.desk, translate),
        kept={
            **kept,
            "back": back,
            "command_id": typed.get("command_id") or str(new_id()),
            CONFIRMED: " ".join(numbers),
        },
        back=back,
    )


async def _meant(request: Request, action: str, typed: Mapping[str, str]) -> Meant:
    # One form holds the fields of all actions, and two of them choose an operator.
    return (
        {"operator": typed.get("responsible", "")}
        if action == "responsible"
        else await meant_by(request, action, typed)
    )


async def _act(
    request: Request, caller: Caller, action: str, numbers: list[str], typed: Mapping[str, str]
) -> Acted:
    translate = translator_of(request)
    if not numbers or len(numbers) > MOST_TICKETS:
        wrong = (
            BadInput.of("numbers", TOO_MANY_TICKETS, most=MOST_TICKETS)
            if numbers
            else BadInput.of("numbers", _NONEPICKED)
        )
        return Acted(problem_of(wrong, translate), typed=cleaned(typed))
    async with looking(request, caller) as (_, viewer):
        operators_only(viewer)
    meant = await _meant(request, action, typed)
    few = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> tuple[str, Problem | None, bool]:
        keyed = (
            {**typed, "command_id": f"{typed['command_id']}:{number}"}
            if "command_id" in typed
            else typed
        )
        async with few:
            try:
                tried = await attempt(request, caller, action, number, keyed, meant)
            except NotThere as refusal:
                problem = problem_of(refusal, translate)
                log_refusal(request, problem.status, ticket=number)
                return number, problem, False
        if isinstance(tried, Attempt) and tried.problem is not None:
            log_refusal(request, tried.problem.status, ticket=number)
        return (
            (number, tried.problem, tried.key is not None)
            if isinstance(tried, Attempt)
            else (number, None, False)
        )

    answers = await asyncio.gather(*(one(number) for number in numbers))
    left = {number for number, problem, _ in answers if problem}
    kept = {
        name: value
        for name, value in cleaned(typed).items()
        if not name.startswith((PICKED, WHOLE_LIST)) and name != CONFIRMED
    }
    return Acted(
        results=[
            Result(
                number,
                not problem,
                with_names(problem, viewer.desk, translate).detail
                if problem
                else translate(DONE[action]),
            )
            for number, problem, _ in answers
        ],
        typed={**kept, **{f"{PICKED}{number}": "true" for number in left}} if left else {},
        key=typed.get("command_id") if any(is_unknown for _, _, is_unknown in answers) else None,
    )
