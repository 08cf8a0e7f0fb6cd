"""The stream of changes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.portal.api.described import STREAMS
from services.portal.context import portal_of
from services.portal.live.stream import ChangesAnswer
from services.portal.live.topics import checked_topic
from shared.web.auth import SignedIn
from shared.web.rate import client_of
from shared.web.security_log import is_about

router = APIRouter(tags=["live updates"])


@router.get(
    "/live",
    operation_id="stream_changes",
    response_class=Response,
    responses=STREAMS | {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def live(
    request: Request,
    caller: SignedIn,
    ticket: Annotated[str, Query(description="Only this ticket")] = "",
    own_request: Annotated[
        str, Query(alias="request", description="Only this request of one's own")
    ] = "",
) -> Response:
    """Stream events `changed` whose data names what changed: `queues`, `my`, `bell` or
    `ticket:NUMBER`.

    Read it again to see what.
    """
    portal, person = portal_of(request), caller.as_requester()
    if named := ticket or own_request:
        is_about(request, named)
    topic = await checked_topic(portal.database, person, ticket=ticket, own_request=own_request)
    address = client_of(request.scope)
    listener = portal.hub.join(person, topic, address=address, is_shown=topic.kind != "lists")
    return ChangesAnswer(portal.hub, listener)
