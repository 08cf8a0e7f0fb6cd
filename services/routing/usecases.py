"""What routing does: put a desk in force, and give tickets their queue."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import structlog

from services.routing.queue_retirement import queues_given_up, require_queues_kept
from services.routing.repository import (
    AppliedDesk,
    DecidedHop,
    find_newest_desk,
    insert_decisions,
    insert_desk,
    lock_desk_versions,
    read_decisions,
    replace_decisions,
)
from services.routing.rules import decide
from shared.contracts.desk import Desk
from shared.contracts.events.routing import DeskApplied, TicketRouted
from shared.core.cause import Cause
from shared.core.ids import derived_id
from shared.database.desk_copy import DeskInForce, store_desk
from shared.database.unit_of_work import UnitOfWork
from shared.policy.rules import RoutingRequest

log = structlog.get_logger()

DESK_ID = derived_id("desk")
"""The desk is one aggregate."""

CountNotEnded = Callable[[], Awaitable[Mapping[str, int]]]
"""Says how many tickets that have not ended are in each queue: tickets knows, routing does not."""


@dataclass(frozen=True, slots=True)
class TicketWithoutQueue:
    """A ticket whose open hop has no queue yet.

    `asked_again`: tickets has waited too long for the answer.
    """

    ticket_id: UUID
    hop_id: UUID
    ticket_version: int
    request: RoutingRequest
    cause: Cause
    asked_again: bool = False


async def apply_desk(
    uow: UnitOfWork, *, desk: Desk, now: datetime, cause: Cause, count_not_ended: CountNotEnded
) -> tuple[int, bool]:
    """Put the checked `desk` in force and tell every service.

    Return the version it has, and whether it is new: a desk that is in force already stays what it
    is and nobody is told. Versions grow strictly, also when two people apply at once. Raises
    TooLarge for a desk that the bus cannot carry, and QueuesStillNeeded for one that loses a queue
    or gives up one with tickets in it (only then they are counted).
    """
    body = desk.model_dump_json()
    content_hash = sha256(body.encode()).hexdigest()
    await lock_desk_versions(uow.connection)
    newest = await find_newest_desk(uow.connection)
    if newest is not None and newest.content_hash == content_hash:
        return newest.version, False
    if newest is not None:
        before = Desk.model_validate_json(newest.body)
        not_ended = await count_not_ended() if queues_given_up(before, desk) else {}
        require_queues_kept(before, desk, not_ended=not_ended)
    version = newest.version + 1 if newest else 1
    applied = DeskApplied(version=version, desk=desk, applied_at=now)
    await insert_desk(uow.connection, AppliedDesk(version, body, content_hash, now))
    await store_desk(uow, [applied])
    uow.emit(applied, aggregate_id=DESK_ID, cause=cause)
    log.info(
        "routing.desk.applied", version=version, queues=len(desk.queues), rules=len(desk.rules)
    )
    return version, True


async def adopt_desk(uow: UnitOfWork, *, applied: DeskApplied) -> None:
    """Put a desk in force that another service has kept, under the version that it had: this
    database was restored and is older.
    """
    body = applied.desk.model_dump_json()
    await lock_desk_versions(uow.connection)
    content_hash = sha256(body.encode()).hexdigest()
    await insert_desk(
        uow.connection, AppliedDesk(applied.version, body, content_hash, applied.applied_at)
    )
    await store_desk(uow, [applied])
    log.info("routing.desk.adopted", version=applied.version)


async def replay_desk(uow: UnitOfWork, *, target: str) -> int | None:
    """Tell `target` again which desk is in force; return its version, None where none was ever
    applied.
    """
    newest = await find_newest_desk(uow.connection)
    if newest is None:
        return None
    desk = Desk.model_validate_json(newest.body)
    applied = DeskApplied(version=newest.version, desk=desk, applied_at=newest.applied_at)
    uow.emit(applied, aggregate_id=DESK_ID, cause=Cause.fresh(), target=target)
    return newest.version


async def route_tickets(
    uow: UnitOfWork, *, tickets: Sequence[TicketWithoutQueue], desk: DeskInForce, now: datetime
) -> None:
    """Decide the queue of each ticket and tell it, once per hop.

    Who asks again is told the same again, unless that queue has been closed since: nothing may come
    in there any more.
    """
    if not tickets:
        return
    first = {ticket.hop_id: ticket for ticket in reversed(tickets)}
    decided = {hop_id: _decided(ticket, desk, now) for hop_id, ticket in first.items()}
    fresh = await insert_decisions(uow.connection, decided.values())
    for hop_id in filter(fresh.__contains__, decided):
        uow.emit(
            _routed(decided[hop_id]),
            aggregate_id=decided[hop_id].ticket_id,
            cause=first[hop_id].cause,
        )
    again = {
        ticket.hop_id: ticket
        for ticket in tickets
        if ticket.asked_again and ticket.hop_id not in fresh
    }
    known = await read_decisions(uow.connection, again.keys())
    closed = [hop_id for hop_id, hop in known.items() if _is_closed(desk.desk, hop.decision.queue)]
    renewed = {hop_id: _decided(again[hop_id], desk, now) for hop_id in closed}
    await replace_decisions(uow.connection, renewed.values())
    for hop_id, hop in (known | renewed).items():
        uow.emit(_routed(hop), aggregate_id=hop.ticket_id, cause=again[hop_id].cause)


def _is_closed(desk: Desk, queue: str) -> bool:
    return queue not in desk.queues or desk.queues[queue].closed


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
