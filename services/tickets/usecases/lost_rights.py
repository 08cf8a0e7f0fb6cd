"""Releasing the tickets of people to whom the desk no longer gives the rights that they need."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from services.tickets.domain.rights import keeps_owner, keeps_responsible
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, InCharge, Tickets
from shared.contracts.desk import Desk
from shared.contracts.reasons import (
    OWNER_AND_RESPONSIBLE,
    OWNER_IS_NO_OPERATOR,
    OWNER_MAY_NOT_WORK,
    RESPONSIBLE_MAY_NOT_SEE,
)
from shared.core.cause import Cause

log = structlog.get_logger()


async def find_lapsed(tickets: Tickets, desk: Desk) -> list[InCharge]:
    """Return the people in charge of tickets of whom the owner may not work the queue, or the
    responsible may not see it.
    """
    return [
        each
        for each in await tickets.people_in_charge()
        if not (
            keeps_owner(desk, each.owner, each.queue)
            and keeps_responsible(desk, each.responsible, each.queue)
        )
    ]


async def release_lapsed(
    tickets: Tickets, desk: Desk, lapsed: Sequence[InCharge], *, now: datetime, limit: int
) -> int:
    """Release up to `limit` tickets of which people of `lapsed` are in charge; return how many.

    Several processes may do this at once: each releases other tickets, because what another process
    has locked is passed over.
    """
    found: list[Ticket] = []
    for in_charge in lapsed:
        found += await tickets.in_charge(in_charge, limit=limit - len(found))
        if len(found) == limit:
            break
    done = [_released(desk, ticket, now=now) for ticket in found]
    await tickets.record(done)
    for each in done:
        log.info("tickets.lapsed.released", ticket_id=each.ticket.id, queue=each.ticket.queue)
    return len(done)


def _released(desk: Desk, ticket: Ticket, *, now: datetime) -> Done:
    owner = not keeps_owner(desk, ticket.owner, ticket.queue)
    responsible = not keeps_responsible(desk, ticket.responsible, ticket.queue)
    reason = _reason(desk, ticket, owner=owner, responsible=responsible)
    lapsed = ticket.lapsed(
        loses_owner=owner, loses_responsible=responsible, reason=reason, desk=desk, at=now
    )
    return Done(ticket, lapsed, Cause.fresh())


def _reason(desk: Desk, ticket: Ticket, *, owner: bool, responsible: bool) -> str:
    if not owner:
        return RESPONSIBLE_MAY_NOT_SEE
    if ticket.owner not in desk.operators:
        return OWNER_IS_NO_OPERATOR
    return OWNER_AND_RESPONSIBLE if responsible else OWNER_MAY_NOT_WORK
