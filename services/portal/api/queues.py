"""The tree of queues."""

from fastapi import APIRouter, Request

from services.portal.context import portal_of
from services.portal.queries.overview import queue_tree
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import Items, QueueJson, queue_json
from shared.errors import MissingRight
from shared.web.auth import SignedIn
from shared.web.language import language_of

router = APIRouter(tags=["queues"])


@router.get("/api/queues")
async def queues(request: Request, caller: SignedIn) -> Items[QueueJson]:
    """Return the queues the caller may see, as a tree: a visible queue hangs from its nearest visible ancestor."""
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        if not viewer.is_operator:
            raise MissingRight("ro")
        return Items(items=[queue_json(node) for node in await queue_tree(connection, viewer, language_of(request))])
