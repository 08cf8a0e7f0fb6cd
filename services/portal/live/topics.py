"""Whether somebody may listen to what they ask for, decided before anything is kept for them."""

from services.portal.domain.family import KnownTicket
from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.live.listeners import Topic
from services.portal.queries.related_tickets import known_tickets
from services.portal.queries.viewers import viewer_of
from shared.contracts.people import Requester
from shared.core.errors import NotThere
from shared.database.database import Database
from shared.text.sentences import N_
from shared.web.errors import BadInput


async def checked_topic(
    database: Database, person: Requester, *, ticket: str, own_request: str
) -> Topic:
    """Return what `person` may listen to: one ticket, one request of their own, or the lists where
    neither is named.

    Raises BadInput where both are, NotThere for what they may not see.
    """
    if ticket and own_request:
        raise BadInput.of("request", N_("Name either a ticket or a request."))
    number = ticket or own_request
    if not number:
        return Topic("lists")
    if not is_possible_number(number):
        raise NotThere
    async with database.reading() as connection:
        viewer = await viewer_of(connection, person)
        known = await known_tickets(connection, [number])
        wanted = known.get(number)
        if wanted is None:
            raise NotThere
        parent = (
            (await known_tickets(connection, [wanted.parent])).get(wanted.parent)
            if wanted.parent
            else None
        )
    if viewer.may_read(wanted) or (ticket and _works_on(viewer, wanted, parent)):
        return Topic("ticket" if ticket else "request", number)
    raise NotThere


def _works_on(viewer: Viewer, ticket: KnownTicket, parent: KnownTicket | None) -> bool:
    return viewer.sees(ticket) or viewer.stands_above(ticket, parent)
