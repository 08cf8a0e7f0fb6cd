"""One action on many tickets of a list, each answered on its own."""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.portal.pages.acting import Attempt, attempt, cleaned
from services.portal.pages.frame import looking, operators_only, with_names
from services.portal.pages.lists import ALL_TICKETS, PICKED, Acted, Result, is_list_address, list_again
from services.portal.pages.words import DONE
from shared.errors import NotThere
from shared.web.auth import Caller, SignedIn
from shared.web.errors import BadInput, Problem, problem_of
from shared.web.input import read_form
from shared.web.language import language_of
from shared.web.parts import translator_of
from shared.web.sentences import N_

router = APIRouter(include_in_schema=False)

ACTIONS = ("take", "release", "resume", "watch", "assign", "move", "priority", "note", "close")
"""What can be done to many tickets at once."""
MOST_TICKETS = 200
AT_ONCE = 8

_NONEPICKED = N_("Choose at least one ticket.")
_TOO_MANY = N_("At most %(most)s tickets at once.")


@router.get("/manage/bulk")
async def nothing_chosen(request: Request) -> Response:
    """Lead to the lists: what was done here stands in no address, and choosing a language comes back to it."""
    return RedirectResponse(f"{ALL_TICKETS}?lang={language_of(request)}", status_code=303)


@router.post("/manage/bulk")
async def act_on_many(request: Request, caller: SignedIn) -> Response:
    """Do something to each of the chosen tickets and show the list again, with what came of it."""
    typed = await read_form(request)
    action, back = typed.get("action", ""), typed.get("back", "")
    if action not in ACTIONS:
        raise NotThere
    numbers = [name.removeprefix(PICKED) for name in typed if name.startswith(PICKED)]
    acted = await _act(request, caller, action, numbers, typed)
    return await list_again(request, caller, back if is_list_address(back) else ALL_TICKETS, acted)


async def _act(request: Request, caller: Caller, action: str, numbers: list[str], typed: Mapping[str, str]) -> Acted:
    translate = translator_of(request)
    if not numbers or len(numbers) > MOST_TICKETS:
        wrong = BadInput.of("numbers", _TOO_MANY, most=MOST_TICKETS) if numbers else BadInput.of("numbers", _NONEPICKED)
        return Acted(problem_of(wrong, translate), typed=cleaned(typed))
    async with looking(request, caller) as (_, viewer):
        operators_only(viewer)
    few = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> tuple[str, Problem | None, bool]:
        keyed = {**typed, "command_id": f"{typed['command_id']}:{number}"} if "command_id" in typed else typed
        async with few:
            try:
                tried = await attempt(request, caller, action, number, keyed)
            except NotThere as refusal:
                return number, problem_of(refusal, translate), False
        return (number, tried.problem, tried.key is not None) if isinstance(tried, Attempt) else (number, None, False)

    answers = await asyncio.gather(*(one(number) for number in numbers))
    left = {number for number, problem, _ in answers if problem}
    kept = {name: value for name, value in cleaned(typed).items() if not name.startswith(PICKED) or name.removeprefix(PICKED) in left}
    return Acted(
        results=[
            Result(number, not problem, with_names(problem, viewer.desk).detail if problem else translate(DONE[action]))
            for number, problem, _ in answers
        ],
        typed=kept if left else {},
        key=typed.get("command_id") if any(is_unknown for _, _, is_unknown in answers) else None,
    )
