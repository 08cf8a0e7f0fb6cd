"""The ledger's rows: written in batches, claimed by one process at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.delivery import (
    LEASE_LOST,
    LEFT_OUT,
    TO_OPERATORS,
    Claimed,
    Delivery,
    Ending,
)
from services.notify.models import DeliveryRow
from shared.contracts.events.notify import DeliveryState
from shared.core.cause import Cause
from shared.core.ids import DeliveryId
from shared.database.base import table_of
from shared.database.bulk import any_of, insert_rows, is_one_of, packed
from shared.database.prepared import Prepared

_DELIVERIES = table_of(DeliveryRow)
_D = _DELIVERIES.c

_BEFORE = _DELIVERIES.alias("before")
_IS_BLOCKED = exists().where(
    _BEFORE.c.ticket_id == _D.ticket_id,
    _BEFORE.c.recipient == _D.recipient,
    _BEFORE.c.sequence < _D.sequence,
    or_(_BEFORE.c.next_attempt_at.is_not(None), _BEFORE.c.lease_until.is_not(None)),
)
_DUE = (
    select(_D.id)
    .where(_D.rank == bindparam("rank"), _D.next_attempt_at <= bindparam("now"), ~_IS_BLOCKED)
    .order_by(_D.next_attempt_at, _D.queued_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=_DELIVERIES)
    .cte("due")
)
_TAKE_DUE = Prepared(
    update(_DELIVERIES)
    .where(_D.id.in_(select(_DUE.c.id)))
    .values(
        state="sending",
        next_attempt_at=None,
        lease_until=bindparam("until"),
        claimed_by=bindparam("claim"),
        version=_D.version + 1,
    )
    .returning(*_DELIVERIES.c)
)
_SENT_BEFORE = Prepared(
    select(_D.ticket_id, _D.recipient, _D.message_id)
    .where(is_one_of(_D.ticket_id, "tickets"), or_(_D.state == "sent", _D.state == "resent"))
    .order_by(_D.sequence)
)


@dataclass(frozen=True, slots=True)
class SentAgain:
    """The wish, made at `ticket_version`, that a failed delivery goes out again, to `recipient`."""

    delivery_id: UUID
    recipient: str
    ticket_version: int


async def insert_deliveries(
    connection: AsyncConnection,
    queued: Sequence[tuple[Delivery, str | None]],
    *,
    now: datetime,
    due: datetime,
) -> set[DeliveryId]:
    """Add deliveries, each once, with the reason why it can never be sent (then it has failed at
    `now`) or None (then it is due at `due`).

    Returns the ids of those that were not there yet.
    """
    rows = [_row(delivery, impossible, now, due) for delivery, impossible in queued]
    return await insert_rows(connection, _DELIVERIES, rows, on_conflict="nothing", returning="id")


async def leave_out(
    connection: AsyncConnection, ids: Sequence[DeliveryId], *, now: datetime
) -> None:
    """Write of deliveries that have just been added that they never leave, because their address
    was sent too many.
    """
    ending = update(_DELIVERIES).where(any_of(_D.id, ids), _D.state == "queued")
    await connection.execute(
        ending.values(state="failed", reason=LEFT_OUT, next_attempt_at=None, ended_at=now)
    )


async def claim_due(
    connection: AsyncConnection,
    *,
    to_operators: bool,
    claim: UUID,
    now: datetime,
    lease_until: datetime,
    limit: int,
) -> list[Claimed]:
    """Mark up to `limit` due deliveries as being sent by `claim` until `lease_until`; return them,
    the longest due first.

    Either mails to operators or the others, not both. A delivery whose ticket and recipient still
    have an earlier one on its way stays. Rows that another process is claiming at this moment are
    passed over.
    """
    rows = await _TAKE_DUE.rows(
        connection, rank=_rank(to_operators), now=now, most=limit, until=lease_until, claim=claim
    )
    earlier = await _sent_before(connection, {row.ticket_id for row in rows if row.sequence > 1})
    claimed = [_claimed(row, earlier.get((row.ticket_id, row.recipient), ())) for row in rows]
    return sorted(claimed, key=lambda one: (one.delivery.queued_at, one.delivery.sequence))


async def end_claims(
    connection: AsyncConnection,
    endings: Sequence[tuple[Claimed, Ending]],
    *,
    claim: UUID,
    now: datetime,
) -> set[DeliveryId]:
    """Write what became of deliveries of `claim`; return the ids of those that were still its own.

    Most endings of a batch are alike (sent; or waiting for the same server), so there is one
    statement for each that is different.
    """
    written: set[DeliveryId] = set()
    for ending, together in groupby(
        sorted(endings, key=lambda pair: repr(pair[1])), key=lambda pair: pair[1]
    ):
        ids = sorted(claimed.delivery.id for claimed, _ in together)
        ending_it = (
            update(_DELIVERIES)
            .where(any_of(_D.id, ids), _D.claimed_by == claim)
            .values(
                state=ending.state,
                version=_D.version + 1,
                attempts=ending.attempts,
                maybe_sent=ending.maybe_sent,
                reason=ending.reason,
                next_attempt_at=ending.next_attempt_at,
                lease_until=None,
                claimed_by=None,
                ended_at=now if ending.next_attempt_at is None else None,
            )
            .returning(_D.id)
        )
        written.update((await connection.execute(ending_it)).scalars())
    return written


async def release_lost_claims(
    connection: AsyncConnection, *, now: datetime, everybodys: bool = False
) -> list[Claimed]:
    """Make uncertain and due what a process was sending when it ended: its lease is over.

    Return these, at their new version.

    `everybodys` does so for every lease: for a start where no other process can be at work.
    """
    whose: ColumnElement[bool] = (
        _D.lease_until.is_not(None) if everybodys else _D.lease_until <= now
    )
    releasing = (
        update(_DELIVERIES)
        .where(whose)
        .values(
            state="uncertain",
            version=_D.version + 1,
            attempts=_D.attempts + 1,
            maybe_sent=True,
            reason=LEASE_LOST,
            next_attempt_at=now,
            lease_until=None,
            claimed_by=None,
        )
        .returning(*_DELIVERIES.c)
    )
    return [_claimed(row, ()) for row in await connection.execute(releasing)]


async def requeue_failed(
    connection: AsyncConnection, again: SentAgain, *, now: datetime, due: datetime
) -> Claimed | None:
    """Make a failed delivery due again at `due`, as `again` says; return it at its new version.

    Returns None where it has not failed, or where this wish, or a later one, was fulfilled before.
    """
    requeueing = (
        update(_DELIVERIES)
        .where(
            _D.id == again.delivery_id,
            _D.state == "failed",
            _D.resent_version < again.ticket_version,
        )
        .values(
            state=case((_D.maybe_sent, "uncertain"), else_="queued"),
            version=_D.version + 1,
            recipient=again.recipient,
            attempts=0,
            reason=None,
            next_attempt_at=due,
            queued_at=now,
            ended_at=None,
            resent_version=again.ticket_version,
        )
        .returning(*_DELIVERIES.c)
    )
    row = (await connection.execute(requeueing)).first()
    return _claimed(row, ()) if row is not None else None


async def set_body(connection: AsyncConnection, delivery_id: DeliveryId, body: str) -> None:
    """Write the text of a mail that is on its way to another address."""
    await connection.execute(update(_DELIVERIES).where(_D.id == delivery_id).values(body=body))


async def count_by_state(connection: AsyncConnection) -> dict[DeliveryState, int]:
    """Return how many deliveries have not ended yet, by state."""
    not_ended = or_(_D.next_attempt_at.is_not(None), _D.lease_until.is_not(None))
    rows = await connection.execute(
        select(_D.state, func.count()).where(not_ended).group_by(_D.state)
    )
    return {row[0]: row[1] for row in rows}


async def _sent_before(
    connection: AsyncConnection, tickets: set[UUID]
) -> dict[tuple[UUID, str], tuple[str, ...]]:
    """Return, oldest first, the Message-IDs of what was sent on `tickets`, by ticket and
    recipient.
    """
    found: dict[tuple[UUID, str], tuple[str, ...]] = {}
    if not tickets:
        return found
    for row in await _SENT_BEFORE.rows(connection, tickets=packed(tickets)):
        key = (row.ticket_id, row.recipient)
        found[key] = (*found.get(key, ()), row.message_id)
    return found


_FACTS = tuple(field.name for field in fields(Delivery) if field.name != "cause")


def _row(
    delivery: Delivery, impossible: str | None, now: datetime, due: datetime
) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _FACTS} | {
        "rank": _rank(delivery.kind in TO_OPERATORS),
        "state": "queued" if impossible is None else "failed",
        "version": 1,
        "attempts": 0,
        "maybe_sent": False,
        "reason": impossible,
        "next_attempt_at": due if impossible is None else None,
        "lease_until": None,
        "claimed_by": None,
        "ended_at": None if impossible is None else now,
        "resent_version": 0,
        "correlation_id": delivery.cause.correlation_id,
        "causation_id": delivery.cause.causation_id,
        "traceparent": delivery.cause.traceparent,
    }


def _rank(to_operators: bool) -> int:
    return 1 if to_operators else 0


def delivery_of(row: Any) -> Delivery:
    """Return the delivery that a row of the ledger (its columns as attributes) is."""
    return Delivery(
        **{name: getattr(row, name) for name in _FACTS},
        cause=Cause(row.correlation_id, row.causation_id, row.traceparent),
    )


def _claimed(row: Row[Any], earlier: tuple[str, ...]) -> Claimed:
    return Claimed(
        delivery_of(row),
        row.version,
        row.attempts,
        row.maybe_sent,
        row.reason,
        earlier,
        row.resent_version > 0,
    )
