"""One action on many tickets, each answered on its own."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import ValidationError

from services.portal.api.bodies import BulkGiven, CommandBody, body_of
from services.portal.api.described import OPERATORS_ONLY
from services.portal.api.described_bulk import ACTIONS, bulk_body
from services.portal.api.execute import execute
from services.portal.context import portal_of
from services.portal.schemas import BulkResult, BulkResults
from services.portal.usecases import use_key
from shared.contracts.commands.tickets import OpenChild
from shared.core.errors import BusUnreachable, NoAnswer, Refusal, TooLarge
from shared.policy.actions.action import Action
from shared.text.sentences import N_
from shared.web.auth import Caller, SignedIn
from shared.web.errors import BadInput, TooManyRequests, problem_of
from shared.web.idempotency import IdempotencyKey, body_hash
from shared.web.security_log import log_refusal
from shared.web.state import translator_of
from shared.web.validation import field_problems
from shared.web.versions import HEADER

router = APIRouter(tags=["commands"])

AT_ONCE = 8
_ANSWERS = (Refusal, NoAnswer, BusUnreachable, TooLarge, TooManyRequests)
"""What one ticket is answered with while the others go on."""
_NO_VERSION = N_("This call takes no version: each ticket has its own.")
_ONE_OF = N_("This must be one of: %(expected)s.")


@router.post(
    "/api/tickets/bulk",
    operation_id="change_tickets",
    responses=OPERATORS_ONLY,
    openapi_extra=bulk_body(),
)
async def bulk(
    request: Request, caller: SignedIn, key: IdempotencyKey, given: BulkGiven
) -> BulkResults:
    """Do the same to each of these tickets; the body of `action` stands beside `numbers` and
    `action`.

    What is refused for one is done for the others all the same. A repeat with the same key does
    nothing twice.
    """
    if HEADER in request.headers:
        raise BadInput.of(HEADER, _NO_VERSION)
    meant = _meant(given)
    if key is not None:
        async with portal_of(request).database.transaction() as uow:
            await use_key(
                uow,
                key,
                scope=f"portal.bulk {caller.identity}",
                meant=body_hash(given.model_dump()),
            )
    few = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        doing = [
            group.create_task(_one(few, request, caller, ACTIONS[given.action], number, meant, key))
            for number in given.numbers
        ]
    return BulkResults(results=[task.result() for task in doing])


async def _one(
    few: asyncio.Semaphore,
    request: Request,
    caller: Caller,
    action: Action,
    number: str,
    meant: CommandBody,
    key: str | None,
) -> BulkResult:
    # No key that a caller can give has a blank in it.
    own_key = f"{key} {number}" if key is not None else None
    async with few:
        try:
            await execute(request, caller, action, number, meant, own_key)
        except _ANSWERS as error:
            problem = problem_of(error, translator_of(request))
            log_refusal(request, problem.status, ticket=number)
            return BulkResult(
                number=number, status=problem.status, detail=problem.detail or problem.title
            )
    return BulkResult(
        number=number, status=201 if action.command is OpenChild else 200, detail=None
    )


def _meant(given: BulkGiven) -> CommandBody:
    """Return the body of the action.

    Raises BadInput for an unknown action and for a body that is not its own.
    """
    if given.action not in ACTIONS:
        raise BadInput.of("action", _ONE_OF, expected=", ".join(ACTIONS))
    body = given.model_extra or {}
    if "expected_version" in body:
        raise BadInput.of("expected_version", _NO_VERSION)
    try:
        return body_of(ACTIONS[given.action]).model_validate(body)
    except ValidationError as error:
        raise BadInput(*field_problems(error.errors())) from None
