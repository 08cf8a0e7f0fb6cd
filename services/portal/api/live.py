"""The stream of changes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.portal.context import portal_of
from services.portal.live.listeners import Topic
from services.portal.live.stream import ChangesAnswer
from shared.web.auth import SignedIn

router = APIRouter(tags=["live updates"])


@router.get("/live", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def live(
    request: Request,
    caller: SignedIn,
    ticket: Annotated[str, Query(description="Only this ticket")] = "",
    own_request: Annotated[str, Query(alias="request", description="Only this request of one's own")] = "",
) -> Response:
    """Stream events `changed` whose data names what changed: `queues`, `my`, `bell` or `ticket:NUMBER`. Read it again to see what."""
    hub = portal_of(request).hub
    topic = Topic("ticket", ticket) if ticket else Topic("request", own_request) if own_request else Topic("lists")
    return ChangesAnswer(hub, hub.join(caller.as_requester(), topic))
