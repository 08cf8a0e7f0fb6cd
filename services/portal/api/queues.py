"""The tree of queues."""

from fastapi import APIRouter, Request

from services.portal.api.described import OPERATORS_ONLY
from services.portal.context import portal_of
from services.portal.queries.overview import queue_tree
from services.portal.queries.viewers import viewer_of
from services.portal.schemas import QueuePage, queue_json
from shared.core.errors import MissingRight
from shared.web.auth import SignedIn
from shared.web.language import language_of
from shared.web.pagination import PageAsked, make_cursor

router = APIRouter(tags=["queues"], responses=OPERATORS_ONLY)

_SCOPE = "queues"


@router.get("/api/queues", operation_id="list_queues")
async def queues(request: Request, caller: SignedIn, page: PageAsked) -> QueuePage:
    """Return the queues the caller may see, as a tree: a visible queue hangs from its nearest
    visible ancestor.

    `limit` and `cursor` are about the roots of the tree; each comes with all that hangs from it.
    """
    after = page.after(_SCOPE, int)
    start = max(int(after[0] or 0), 0) if after else 0
    async with portal_of(request).database.reading() as connection:
        viewer = await viewer_of(connection, caller.as_requester())
        if not viewer.is_operator:
            raise MissingRight("ro")
        roots = await queue_tree(connection, viewer, language_of(request))
    end = start + page.limit
    return QueuePage(
        items=[queue_json(root) for root in roots[start:end]],
        next=make_cursor(_SCOPE, [end]) if end < len(roots) else None,
    )
