"""What operators do to a ticket: a route for each action of the registry.

Each call is answered with the ticket after the change. Two calls have routes of their own: opening
a child is answered with the child, and sending a mail again names the mail in the address.
"""

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.portal.api.bodies import CommandBody, takes_body
from services.portal.api.described import COMMANDS, DELIVERIES, OPENING
from services.portal.api.execute import (
    execute,
    execute_and_show,
    facts_of_command,
    send,
    show_after,
)
from services.portal.schemas import AfterCommand, ChildOpened
from shared.contracts.commands.mails import ResendMail
from shared.contracts.commands.tickets import OpenChild
from shared.core.errors import NotThere
from shared.policy.actions.action import Action
from shared.policy.actions.between import BETWEEN
from shared.policy.actions.one_ticket import TO_ONE_TICKET
from shared.policy.actions.registry import get_action
from shared.web.auth import SignedIn
from shared.web.idempotency import IdempotencyKey
from shared.web.versions import IF_MATCH

router = APIRouter(tags=["commands"], prefix="/api/tickets/{number}", dependencies=[IF_MATCH])

_OPEN_CHILD = get_action(OpenChild)
_RESEND_MAIL = get_action(ResendMail)


def _add_route(action: Action) -> None:
    async def route(
        request: Request,
        caller: SignedIn,
        number: str,
        key: IdempotencyKey,
        given: CommandBody | None = None,
    ) -> AfterCommand:
        return await execute_and_show(request, caller, action, number, given, key)

    router.add_api_route(
        f"/{action.path}",
        takes_body(route, action),
        methods=["POST"],
        name=action.path,
        operation_id=action.operation,
        description=action.about,
        responses=COMMANDS,
    )


def _add_routes(actions: Iterable[Action]) -> None:
    for action in actions:
        if action.audience == "operator" and action not in (_OPEN_CHILD, _RESEND_MAIL):
            _add_route(action)


_add_routes(TO_ONE_TICKET)


async def resend_mail(
    request: Request,
    caller: SignedIn,
    number: str,
    delivery: str,
    key: IdempotencyKey,
    given: CommandBody | None = None,
) -> AfterCommand:
    """Send a failed mail again, to its address or to a corrected one, which counts for this mail
    alone.

    `delivery` is the `id` in the article's `delivery`. 409 where it is being sent again already.
    """
    try:
        delivery_id = UUID(delivery)
    except ValueError:
        raise NotThere from None
    facts = facts_of_command(request, given)
    command = ResendMail(caller=caller.as_requester(), number=number, delivery=delivery_id, **facts)
    return await show_after(request, caller, _RESEND_MAIL, await send(request, command, key))


router.add_api_route(
    "/deliveries/{delivery}/resend",
    takes_body(resend_mail, _RESEND_MAIL),
    methods=["POST"],
    operation_id="resend_mail",
    responses=DELIVERIES,
)


async def open_child(
    request: Request,
    response: Response,
    caller: SignedIn,
    number: str,
    key: IdempotencyKey,
    given: CommandBody,
) -> ChildOpened:
    """Return the number of the new child."""
    done = await execute(request, caller, _OPEN_CHILD, number, given, key)
    response.headers["Location"] = f"/api/tickets/{done.ticket.number}"
    return ChildOpened(number=done.ticket.number, parent=done.ticket.parent or number)


router.add_api_route(
    f"/{_OPEN_CHILD.path}",
    takes_body(open_child, _OPEN_CHILD),
    methods=["POST"],
    operation_id=_OPEN_CHILD.operation,
    description=_OPEN_CHILD.about,
    status_code=201,
    responses=COMMANDS | OPENING,
)

_add_routes(BETWEEN)
