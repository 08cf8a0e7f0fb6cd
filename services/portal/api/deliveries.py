"""Mails of a ticket that did not arrive."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request

from services.portal.api.answers import after, command_facts, send
from services.portal.api.bodies import MailAgainGiven
from services.portal.api.described import DELIVERIES
from services.portal.schemas import AfterCommand
from shared.contracts.commands.mails import ResendMail
from shared.core.errors import NotThere
from shared.web.auth import SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.versions import IF_MATCH

router = APIRouter(
    tags=["commands"],
    prefix="/api/tickets/{number}/deliveries",
    dependencies=[IF_MATCH],
    responses=DELIVERIES,
)


@router.post("/{delivery}/resend", operation_id="resend_mail")
async def resend(
    request: Request,
    caller: SignedIn,
    number: str,
    delivery: str,
    key: IdempotencyKey,
    given: Annotated[MailAgainGiven | None, Body()] = None,
) -> AfterCommand:
    """Send a failed mail again, to its address or to a corrected one, which counts for this mail alone.

    `delivery` is the `id` in the article's `delivery`. 409 where it is being sent again already.
    """
    try:
        delivery_id = UUID(delivery)
    except ValueError:
        raise NotThere from None
    facts = command_facts(request, given)
    command = ResendMail(caller=caller.as_requester(), number=number, delivery=delivery_id, **facts)
    return await after(request, caller, "resend-mail", await send(request, command, key))
