"""Messages that could not be handled in their batch: kept whole, tried alone, and in the end a
person's decision.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.base import table_of
from shared.database.bulk import any_of, insert_rows
from shared.database.envelope import Envelope, from_failed, to_failed
from shared.database.prepared import Prepared
from shared.database.tables import DiscardedMessageRow, FailedMessageRow

_FAILED = table_of(FailedMessageRow)
_DISCARDED = table_of(DiscardedMessageRow)

FailedState = Literal["retry", "waiting", "dead"]

_DUE = (
    or_(_FAILED.c.state == "retry", _FAILED.c.state == "waiting"),
    _FAILED.c.next_attempt_at <= bindparam("now"),
    or_(_FAILED.c.lease_until.is_(None), _FAILED.c.lease_until < bindparam("now")),
)
_IS_ANY_DUE = Prepared(select(_FAILED.c.message_id).where(*_DUE).limit(1))
_COUNTS = Prepared(select(_FAILED.c.state, func.count().label("n")).group_by(_FAILED.c.state))


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A kept envelope with what has been tried so far.

    `attempts` counts starts, `unfinished` those that never ended.
    """

    envelope: Envelope[bytes]
    state: FailedState
    attempts: int
    unfinished: int
    next_attempt_at: datetime
    error: str | None
    first_failed_at: datetime


async def keep(connection: AsyncConnection, messages: Iterable[FailedMessage]) -> None:
    """Keep `messages`; one that is kept already stays as it is."""
    rows = {m.envelope.id: _row(m) for m in messages}
    await insert_rows(
        connection,
        _FAILED,
        [rows[i] for i in sorted(rows)],
        on_conflict="nothing",
        key=("message_id",),
    )


async def is_any_due(connection: AsyncConnection, *, now: datetime) -> bool:
    """Return whether `claim_due` would find something."""
    return bool(await _IS_ANY_DUE.rows(connection, now=now))


async def claim_due(
    connection: AsyncConnection, *, worker: str, now: datetime, lease: timedelta, limit: int
) -> list[FailedMessage]:
    """Claim what is due longest for `worker`: the attempt counts from now on, whatever becomes of
    the process.

    Messages that were never started come up to `limit` together; one that was started before comes
    alone.
    """
    due = (
        select(_FAILED)
        .where(*_DUE)
        .order_by(_FAILED.c.next_attempt_at, _FAILED.c.message_id)
        .limit(limit)
    )
    rows = (await connection.execute(due.with_for_update(skip_locked=True), {"now": now})).all()
    if rows and rows[0].attempts > 0:
        rows = rows[:1]
    rows = [row for row in rows if row.attempts == rows[0].attempts]
    await connection.execute(
        update(_FAILED)
        .where(any_of(_FAILED.c.message_id, [row.message_id for row in rows]))
        .values(
            attempts=_FAILED.c.attempts + 1,
            unfinished=_FAILED.c.unfinished + 1,
            lease_until=now + lease,
            claimed_by=worker,
        )
    )
    return [_failed(row, starts=1) for row in rows]


async def settle(
    connection: AsyncConnection,
    message_id: UUID,
    *,
    worker: str,
    state: FailedState,
    attempts: int,
    next_attempt_at: datetime,
    error: str,
) -> None:
    """Write how an attempt of `worker` ended, unless its lease is over and another has claimed the
    message meanwhile.
    """
    await connection.execute(
        update(_FAILED)
        .where(_FAILED.c.message_id == message_id, _FAILED.c.claimed_by == worker)
        .values(
            state=state,
            attempts=attempts,
            unfinished=0,
            next_attempt_at=next_attempt_at,
            error=error,
            lease_until=None,
            claimed_by=None,
        )
    )


async def forget(connection: AsyncConnection, message_ids: Sequence[UUID]) -> None:
    """Delete messages whose effects are in this transaction."""
    await connection.execute(delete(_FAILED).where(any_of(_FAILED.c.message_id, message_ids)))


async def free_leases(connection: AsyncConnection) -> None:
    """Give back what a process that is gone had claimed (embedded: there is only one process)."""
    await connection.execute(
        update(_FAILED)
        .where(_FAILED.c.lease_until.is_not(None))
        .values(lease_until=None, claimed_by=None)
    )


async def failed_counts(connection: AsyncConnection) -> dict[str, int]:
    """Return how many messages are in each state."""
    return {row.state: row.n for row in await _COUNTS.rows(connection)}


async def list_dead(connection: AsyncConnection) -> list[FailedMessage]:
    """Return the dead letters, oldest first."""
    rows = await connection.execute(
        select(_FAILED).where(_FAILED.c.state == "dead").order_by(_FAILED.c.first_failed_at)
    )
    return [_failed(row) for row in rows]


async def find(connection: AsyncConnection, message_id: UUID) -> FailedMessage | None:
    """Return the kept message `message_id`, or None."""
    row = (
        await connection.execute(select(_FAILED).where(_FAILED.c.message_id == message_id))
    ).one_or_none()
    return _failed(row) if row else None


async def revive(
    connection: AsyncConnection, message_ids: Sequence[UUID], *, now: datetime
) -> set[UUID]:
    """Have dead letters tried again from the beginning; return those found."""
    dead = and_(any_of(_FAILED.c.message_id, message_ids), _FAILED.c.state == "dead")
    found = {
        row.message_id for row in await connection.execute(select(_FAILED.c.message_id).where(dead))
    }
    await connection.execute(
        update(_FAILED)
        .where(dead)
        .values(
            state="retry",
            attempts=0,
            unfinished=0,
            next_attempt_at=now,
            lease_until=None,
            claimed_by=None,
            first_failed_at=now,
        )
    )
    return found


async def discard(
    connection: AsyncConnection, message_id: UUID, *, why: str, now: datetime
) -> bool:
    """Throw a dead letter away, and keep the fact with its reason; return whether there was one."""
    found = await find(connection, message_id)
    if found is None or found.state != "dead":
        return False
    fact = {
        "message_id": message_id,
        "type": found.envelope.type,
        "error": found.error,
        "why": why,
        "discarded_at": now,
    }
    await insert_rows(connection, _DISCARDED, [fact], on_conflict="nothing", key=("message_id",))
    await forget(connection, [message_id])
    return True


def _row(message: FailedMessage) -> dict[str, object]:
    return {
        **to_failed(message.envelope),
        "state": message.state,
        "attempts": message.attempts,
        "unfinished": message.unfinished,
        "next_attempt_at": message.next_attempt_at,
        "error": message.error,
        "first_failed_at": message.first_failed_at,
    }


def _failed(row: Row[tuple[object, ...]], *, starts: int = 0) -> FailedMessage:
    return FailedMessage(
        envelope=from_failed(row),
        state=row.state,
        attempts=row.attempts + starts,
        unfinished=row.unfinished + starts,
        next_attempt_at=row.next_attempt_at,
        error=row.error,
        first_failed_at=row.first_failed_at,
    )
