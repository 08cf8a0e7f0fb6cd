"""One ticket: as operators see it, as its requester and the owner of its parent see it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.family import KnownTicket, family_tree
from services.portal.domain.for_operators import child_view, named_by, ticket_with_articles
from services.portal.domain.for_requesters import request_with_articles
from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ChildView, RequestWithArticles, TicketWithArticles
from services.portal.models import TicketRow
from services.portal.projection.repository import TICKETS
from services.portal.queries.articles import MOST_SHOWN, Part, articles_of, replies_gone_on
from services.portal.queries.related_tickets import absorbed_by, family_of, known_tickets
from services.portal.queries.rows import STATE_COLUMNS, ticket_state
from shared.contracts.events.ticket_state import TicketState
from shared.core.errors import NotThere
from shared.policy.permissions import is_own_request


async def get_ticket(
    connection: AsyncConnection,
    viewer: Viewer,
    number: str,
    *,
    language: str,
    part: Part | None = None,
) -> TicketWithArticles:
    """Return the ticket as the operator `viewer` sees it, in `language`, with the articles of
    `part` (None: all).

    Raises NotThere where it is absent or unseen.
    """
    ticket = await find_state(connection, number)
    if ticket is None or not viewer.sees(ticket):
        raise NotThere
    return await _whole(connection, viewer, ticket, language, None, part)


async def get_ticket_or_child(
    connection: AsyncConnection,
    viewer: Viewer,
    number: str,
    *,
    language: str,
    part: Part | None = None,
) -> TicketWithArticles | ChildView:
    """Return the ticket as the operator `viewer` gets it: what passes up, where he only owns its
    parent.

    Raises NotThere.
    """
    ticket = await find_state(connection, number)
    shown = (
        await show_ticket(connection, viewer, ticket, language=language, part=part)
        if ticket is not None
        else None
    )
    if shown is None:
        raise NotThere
    return shown


async def get_request(
    connection: AsyncConnection,
    viewer: Viewer,
    number: str,
    *,
    language: str,
    part: Part | None = None,
) -> RequestWithArticles:
    """Return the viewer's own request or one shared with him, the office named in `language`.

    Raises NotThere where it is neither.
    """
    ticket = await find_state(connection, number)
    if ticket is None or not viewer.may_read(ticket):
        raise NotThere
    return await show_request(connection, viewer, ticket, language=language, part=part)


async def get_ticket_or_request(
    connection: AsyncConnection, viewer: Viewer, number: str, *, language: str
) -> TicketWithArticles | ChildView | RequestWithArticles:
    """Return the ticket as `viewer` gets it, as an operator or else as its requester does.

    Raises NotThere.
    """
    ticket = await find_state(connection, number)
    if ticket is None:
        raise NotThere
    shown = await show_ticket(connection, viewer, ticket, language=language)
    if shown is not None:
        return shown
    if not viewer.may_read(ticket):
        raise NotThere
    return await show_request(connection, viewer, ticket, language=language)


async def show_ticket(
    connection: AsyncConnection,
    viewer: Viewer,
    ticket: TicketState,
    *,
    language: str,
    until: datetime | None = None,
    now: TicketState | None = None,
    part: Part | None = None,
) -> TicketWithArticles | ChildView | None:
    """Return `ticket` as the operator `viewer` gets it, None where they may not get it.

    `until` and `part` as for `articles_of`.

    `now` is the ticket as it is now, where `ticket` is an earlier version of it: whether it may be
    seen is decided by `now`.
    """
    now = now or ticket
    if viewer.sees(now):
        return await _whole(connection, viewer, ticket, language, until, part)
    parent = await parent_held_by(connection, viewer, now)
    if parent is None:
        return None
    articles = await articles_of(connection, ticket.id, until=until, only_visible=True, part=part)
    return child_view(ticket, articles, viewer, language, parent=parent)


async def show_request(
    connection: AsyncConnection,
    viewer: Viewer,
    ticket: TicketState,
    *,
    language: str,
    until: datetime | None = None,
    part: Part | None = None,
) -> RequestWithArticles:
    """Return the request `ticket`, which the viewer may read, with what was merged into it as far
    as he may read that too.

    Where another ticket goes on with it, with what its requester has written since, which is in
    that one. `until` and `part` as for `articles_of`.
    """
    absorbed = {
        other.id: other.number
        for other in await absorbed_by(connection, ticket.id)
        if viewer.reads_together(ticket, other)
    }
    articles = await articles_of(
        connection, ticket.id, absorbed=absorbed, until=until, only_visible=True, part=part
    )
    target = (
        (await known_tickets(connection, [ticket.merged_into])).get(ticket.merged_into)
        if ticket.merged_into
        else None
    )
    merged_into = target.number if target is not None and viewer.may_read(target) else None
    # Whom it was shared with reads what was written to this one: in another one of the same
    # requester that cannot be told apart.
    author = viewer.identity if viewer.asked_for(ticket) else ticket.requester.identity
    is_of_same_person = target is not None and is_own_request(target, ticket.requester)
    may_follow = (
        is_of_same_person if author is None else viewer.asked_for(ticket) or not is_of_same_person
    )
    if target is not None and may_follow and (part is None or part.before is None):
        articles += await replies_gone_on(
            connection, ticket.id, author=author, most=MOST_SHOWN if part is not None else None
        )
    return request_with_articles(ticket, articles, viewer, language, merged_into=merged_into)


async def parent_held_by(
    connection: AsyncConnection, viewer: Viewer, ticket: TicketState
) -> KnownTicket | None:
    """Return the parent of `ticket` where the viewer owns it (and may still work it), else None."""
    if ticket.parent is None or not viewer.is_operator:
        return None
    parent = (await known_tickets(connection, [ticket.parent])).get(ticket.parent)
    return parent if viewer.stands_above(ticket, parent) else None


async def find_state(connection: AsyncConnection, number: str) -> TicketState | None:
    """Return the ticket `number`, whoever asks, or None."""
    if not is_possible_number(number):
        return None
    row = (
        (await connection.execute(select(*STATE_COLUMNS).where(TicketRow.number == number)))
        .mappings()
        .first()
    )
    return ticket_state(row) if row else None


async def state_now(connection: AsyncConnection, ticket: TicketState) -> TicketState:
    """Return the ticket as the read model has it now; `ticket` itself where the read model is not
    so far yet.
    """
    row = (
        (await connection.execute(select(*STATE_COLUMNS).where(TICKETS.c.id == ticket.id)))
        .mappings()
        .first()
    )
    return ticket_state(row) if row is not None and row["version"] > ticket.version else ticket


async def is_for_operator(connection: AsyncConnection, viewer: Viewer, ticket: TicketState) -> bool:
    """Return whether `viewer` gets `ticket` as an operator: because they see it, or because they
    own its parent.
    """
    return viewer.sees(ticket) or await parent_held_by(connection, viewer, ticket) is not None


async def find_by_id(connection: AsyncConnection, ticket_id: UUID) -> TicketState | None:
    """Return the ticket with this id, whoever asks, or None."""
    row = (
        (await connection.execute(select(*STATE_COLUMNS).where(TicketRow.id == ticket_id)))
        .mappings()
        .first()
    )
    return ticket_state(row) if row else None


async def end_of(connection: AsyncConnection, ticket: TicketState) -> datetime | None:
    """Return when `ticket` ended: of a merged one, when the ticket that goes on with it did.

    None while it goes on.
    """
    seen = {ticket.id}
    while ticket.merged_into_id is not None and ticket.merged_into_id not in seen:
        seen.add(ticket.merged_into_id)
        target = await find_by_id(connection, ticket.merged_into_id)
        if target is None:
            break
        ticket = target
    return ticket.closed_at


async def stored_version(connection: AsyncConnection, ticket_id: UUID) -> int:
    """Return the version of the ticket that is shown now, 0 where it is unknown."""
    return (
        await connection.execute(select(TICKETS.c.version).where(TICKETS.c.id == ticket_id))
    ).scalar() or 0


async def _whole(
    connection: AsyncConnection,
    viewer: Viewer,
    ticket: TicketState,
    language: str,
    until: datetime | None,
    part: Part | None,
) -> TicketWithArticles:
    absorbed = {
        other.id: other.number if viewer.sees(other) else None
        for other in await absorbed_by(connection, ticket.id)
    }
    articles = await articles_of(connection, ticket.id, absorbed=absorbed, until=until, part=part)
    family = await family_of(connection, ticket)
    around = {**family, **await known_tickets(connection, named_by(ticket) - family.keys())}
    tree = family_tree(ticket.number, family, viewer, language) if ticket.number in family else None
    return ticket_with_articles(ticket, articles, viewer, language, around=around, family=tree)
