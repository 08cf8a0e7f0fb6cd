"""Tickets beside the one that is looked at: those it names, its family, those merged into it."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.portal.domain.family import Family, KnownTicket
from services.portal.models import TicketRow
from services.portal.projection.repository import TICKETS
from services.portal.queries.rows import readers_in, requester_of
from shared.contracts.events.ticket_state import TicketState
from shared.database.bulk import is_one_of, packed
from shared.database.prepared import Prepared

_NAMES = (
    "id",
    "number",
    "state",
    "queue",
    "owner",
    "subject",
    "parent_id",
    "parent",
    "children",
    "requester_identity",
    "requester_name",
    "requester_email",
    "requester_affiliation",
    "requester_assurance",
    "shared_with",
)
_COLUMNS = [TICKETS.c[name] for name in _NAMES]
_THIS = bindparam("ticket_id", type_=TICKETS.c.id.type)


def _family() -> Prepared:
    up = (
        select(TICKETS.c.id, TICKETS.c.parent_id)
        .where(TICKETS.c.id == _THIS)
        .cte("up", recursive=True)
    )
    above = aliased(TicketRow)
    up = up.union(select(above.id, above.parent_id).where(above.id == up.c.parent_id))
    down = select(TICKETS.c.id).where(TICKETS.c.id == _THIS).cte("down", recursive=True)
    below = aliased(TicketRow)
    down = down.union(select(below.id).where(below.parent_id == down.c.id))
    return Prepared(
        select(*_COLUMNS).where(TICKETS.c.id.in_(select(up.c.id).union(select(down.c.id))))
    )


def _absorbed() -> Prepared:
    merged = (
        select(TICKETS.c.id).where(TICKETS.c.merged_into_id == _THIS).cte("merged", recursive=True)
    )
    earlier = aliased(TicketRow)
    merged = merged.union(select(earlier.id).where(earlier.merged_into_id == merged.c.id))
    return Prepared(select(*_COLUMNS).where(TICKETS.c.id.in_(select(merged.c.id))))


_BY_ID = Prepared(select(*_COLUMNS).where(is_one_of(TICKETS.c.id, "ids")))
_BY_NUMBER = Prepared(select(*_COLUMNS).where(is_one_of(TICKETS.c.number, "numbers")))
_FAMILY = _family()
_ABSORBED = _absorbed()


async def known_tickets(
    connection: AsyncConnection, numbers: Iterable[str]
) -> dict[str, KnownTicket]:
    """Return those of `numbers` that are known, by number, as they are now; nothing is asked where
    there are none.
    """
    wanted = packed(numbers)
    if wanted == "[]":
        return {}
    return {row.number: _known(row) for row in await _BY_NUMBER.rows(connection, numbers=wanted)}


async def known_by_id(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, KnownTicket]:
    """Return those of `ids` that are known, by id, as they are now."""
    return {row.id: _known(row) for row in await _BY_ID.rows(connection, ids=packed(ids))}


async def family_of(connection: AsyncConnection, ticket: TicketState) -> Family:
    """Return `ticket`, its ancestors and its descendants as far as they are known, by number;
    nothing where it has none.
    """
    if ticket.parent_id is None and not ticket.children:
        return {}
    return {row.number: _known(row) for row in await _FAMILY.rows(connection, ticket_id=ticket.id)}


async def absorbed_by(connection: AsyncConnection, ticket_id: UUID) -> list[KnownTicket]:
    """Return the tickets that were merged into the ticket, directly or through another."""
    return [_known(row) for row in await _ABSORBED.rows(connection, ticket_id=ticket_id)]


async def relatives_around(
    connection: AsyncConnection, tickets: Mapping[str, KnownTicket], looked_at: Collection[str]
) -> dict[str, KnownTicket]:
    """Return, by number, the ancestors of `tickets` and those of their children that are
    `looked_at`, without `tickets` themselves.
    """
    around: dict[str, KnownTicket] = {}
    wanted = {
        child for ticket in tickets.values() for child in ticket.children if child in looked_at
    }
    latest: Iterable[KnownTicket] = tickets.values()
    while (
        wanted := (wanted | {ticket.parent for ticket in latest if ticket.parent is not None})
        - around.keys()
        - tickets.keys()
    ):
        found = await known_tickets(connection, wanted)
        around |= found
        latest, wanted = found.values(), set()
    return around


def _known(row: Any) -> KnownTicket:
    return KnownTicket(
        id=row.id,
        number=row.number,
        state=row.state,
        queue=row.queue,
        owner=row.owner,
        subject=row.subject,
        requester=requester_of(
            row.requester_identity,
            row.requester_name,
            row.requester_email,
            row.requester_affiliation,
            row.requester_assurance,
        ),
        parent_id=row.parent_id,
        parent=row.parent,
        children=tuple(row.children),
        shared_with=readers_in(row.shared_with),
    )
