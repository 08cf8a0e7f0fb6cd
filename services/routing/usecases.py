"""What routing does: put a desk in force, and give tickets their queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import structlog

from services.routing.repository import (
    AppliedDesk,
    DecidedHop,
    find_newest_desk,
    insert_decisions,
    insert_desk,
    lock_desk_versions,
    read_decisions,
)
from services.routing.rules import RoutingRequest, decide
from shared.cause import Cause
from shared.database.desk_copy import DeskInForce, store_desk
from shared.database.unit_of_work import UnitOfWork
from shared.desk import Desk
from shared.events.routing import DeskApplied, TicketRouted
from shared.ids import derived_id

log = structlog.get_logger()

DESK_ID = derived_id("desk")
"""The desk is one aggregate."""


@dataclass(frozen=True, slots=True)
class TicketWithoutQueue:
    """A ticket whose open hop has no queue yet. `asked_again`: tickets has waited too long for the answer."""

    ticket_id: UUID
    hop_id: UUID
    ticket_version: int
    request: RoutingRequest
    cause: Cause
    asked_again: bool = False


async def apply_desk(uow: UnitOfWork, *, desk: Desk, now: datetime, cause: Cause) -> tuple[int, bool]:
    """Put the checked `desk` in force and tell every service.

    Return the version it has, and whether it is new: a desk that is in force already stays what it is and nobody is told.
    Versions grow strictly, also when two people apply at once. Raises TooLarge for a desk that the bus cannot carry.
    """
    body = desk.model_dump_json()
    content_hash = sha256(body.encode()).hexdigest()
    await lock_desk_versions(uow.connection)
    newest = await find_newest_desk(uow.connection)
    if newest is not None and newest.content_hash == content_hash:
        return newest.version, False
    version = newest.version + 1 if newest else 1
    applied = DeskApplied(version=version, desk=desk, applied_at=now)
    await insert_desk(uow.connection, AppliedDesk(version, body, content_hash, now))
    await store_desk(uow, [applied])
    uow.emit(applied, aggregate_id=DESK_ID, cause=cause)
    log.info("routing.desk.applied", version=version, queues=len(desk.queues), rules=len(desk.rules))
    return version, True


async def route_tickets(uow: UnitOfWork, *, tickets: Sequence[TicketWithoutQueue], desk: DeskInForce, now: datetime) -> None:
    """Decide the queue of each ticket and tell it, once per hop; who asks again is told the same again."""
    if not tickets:
        return
    first = {ticket.hop_id: ticket for ticket in reversed(tickets)}
    decided = {hop_id: _decided(ticket, desk, now) for hop_id, ticket in first.items()}
    fresh = await insert_decisions(uow.connection, decided.values())
    for hop_id in filter(fresh.__contains__, decided):
        uow.emit(_routed(decided[hop_id]), aggregate_id=decided[hop_id].ticket_id, cause=first[hop_id].cause)
    again = {ticket.hop_id: ticket for ticket in tickets if ticket.asked_again and ticket.hop_id not in fresh}
    for hop_id, known in (await read_decisions(uow.connection, again.keys())).items():
        uow.emit(_routed(known), aggregate_id=known.ticket_id, cause=again[hop_id].cause)


def _decided(ticket: TicketWithoutQueue, desk: DeskInForce, now: datetime) -> DecidedHop:
    return DecidedHop(
        hop_id=ticket.hop_id,
        ticket_id=ticket.ticket_id,
        ticket_version=ticket.ticket_version,
        desk_version=desk.version,
        decision=decide(desk.desk, ticket.request, now),
        decided_at=now,
    )


def _routed(hop: DecidedHop) -> TicketRouted:
    return TicketRouted(
        ticket_id=hop.ticket_id,
        hop_id=hop.hop_id,
        ticket_version=hop.ticket_version,
        queue=hop.decision.queue,
        rule=hop.decision.rule,
        reason=hop.decision.reason,
        missing=hop.decision.missing,
        decided_at=hop.decided_at,
    )
