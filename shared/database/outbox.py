"""Reading the outbox: for the relay that publishes it, for the embedded bus that follows it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.base import table_of
from shared.database.bulk import any_of, insert_rows, is_one_of, packed
from shared.database.envelope import Envelope, from_outbox
from shared.database.prepared import Prepared, fetch
from shared.database.tables import DiscardedMessageRow, OutboxRow
from shared.database.unit_of_work import PARTITIONS

_OUTBOX = table_of(OutboxRow)
_DISCARDED = table_of(DiscardedMessageRow)
_RELAY_LOCK = 0x5350

# Built once: building a statement anew costs as much again as asking for it.
_IS_ANY_WAITING = "select exists (select 1 from outbox where parked_at is null)"
# Materialised: the planner would otherwise ask for the lock first, and one relay would hold the
# partitions of all others, too.
_LOCK_PARTITIONS = (
    f"with waiting as materialized (select p from generate_series(0, {PARTITIONS - 1}) as p "
    "where exists (select 1 from outbox where partition = p and parked_at is null)) "
    f"select p, pg_try_advisory_xact_lock({_RELAY_LOCK}, p) as is_ours from waiting"
)
_WINDOW = Prepared(
    select(_OUTBOX)
    .where(is_one_of(_OUTBOX.c.partition, "partitions"), _OUTBOX.c.parked_at.is_(None))
    .order_by(_OUTBOX.c.seq)
    .limit(bindparam("most"))
)
_AFTER = Prepared(
    select(_OUTBOX)
    .where(_OUTBOX.c.seq > bindparam("after"))
    .order_by(_OUTBOX.c.seq)
    .limit(bindparam("most"))
)
_DELETE = Prepared(delete(_OUTBOX).where(is_one_of(_OUTBOX.c.seq, "seqs")))
_PARKED = _OUTBOX.c.parked_at.is_not(None)
_STATE = Prepared(
    select(
        func.count().filter(~_PARKED).label("pending"),
        func.min(_OUTBOX.c.occurred_at).filter(~_PARKED).label("oldest"),
        func.count().filter(_PARKED).label("parked"),
    )
)


@dataclass(frozen=True, slots=True)
class OutboxState:
    """What waits in an outbox; `oldest_seconds` is 0 where nothing does."""

    pending: int
    oldest_seconds: float
    parked: int


async def is_any_waiting(connection: AsyncConnection) -> bool:
    """Return whether there is a row to be published."""
    return bool((await fetch(connection, _IS_ANY_WAITING))[0][0])


async def lock_partitions(connection: AsyncConnection) -> tuple[list[int], bool]:
    """Lock the partitions that have rows, until the end of the transaction (PostgreSQL); return
    these, and whether others hold more.

    Rows must be read in a later statement: only then does it see what was committed before the lock
    was got.
    """
    found = await fetch(connection, _LOCK_PARTITIONS)
    return [partition for partition, is_ours in found if is_ours], not all(
        is_ours for _, is_ours in found
    )


async def read_window(
    connection: AsyncConnection, partitions: Sequence[int], *, limit: int
) -> list[Envelope[bytes]]:
    """Return the oldest rows of `partitions`, in order."""
    return [
        from_outbox(row)
        for row in await _WINDOW.rows(connection, partitions=packed(partitions), most=limit)
    ]


async def read_after(connection: AsyncConnection, seq: int, *, limit: int) -> list[Envelope[bytes]]:
    """Return the rows after `seq`, in order (embedded bus)."""
    return [from_outbox(row) for row in await _AFTER.rows(connection, after=seq, most=limit)]


async def last_given(connection: AsyncConnection) -> int:
    """Return the highest `seq` that a row ever had, 0 before the first (SQLite)."""
    return (
        await connection.execute(text("select seq from sqlite_sequence where name = 'outbox'"))
    ).scalar() or 0


async def delete_published(connection: AsyncConnection, seqs: Collection[int]) -> None:
    """Delete the rows that the broker has confirmed."""
    await _DELETE.rows(connection, seqs=packed(seqs))


async def delete_up_to(connection: AsyncConnection, seq: int) -> int:
    """Delete what every follower has taken; return how many rows."""
    return (await connection.execute(delete(_OUTBOX).where(_OUTBOX.c.seq <= seq))).rowcount


async def park(
    connection: AsyncConnection, seqs: Collection[int], *, error: str, now: datetime
) -> None:
    """Take rows that can never be published out of the way."""
    await connection.execute(
        update(_OUTBOX).where(any_of(_OUTBOX.c.seq, seqs)).values(parked_at=now, error=error)
    )


async def list_parked(
    connection: AsyncConnection,
) -> list[tuple[Envelope[bytes], str, datetime]]:
    """Return the parked rows, each with its error and since when."""
    rows = await connection.execute(
        select(_OUTBOX).where(_OUTBOX.c.parked_at.is_not(None)).order_by(_OUTBOX.c.seq)
    )
    return [(from_outbox(row), row.error or "", row.parked_at) for row in rows]


async def unpark(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Have parked rows published again; return the ids found."""
    parked = and_(any_of(_OUTBOX.c.id, ids), _OUTBOX.c.parked_at.is_not(None))
    found = {row.id for row in await connection.execute(select(_OUTBOX.c.id).where(parked))}
    await connection.execute(update(_OUTBOX).where(parked).values(parked_at=None, error=None))
    return found


async def discard_parked(
    connection: AsyncConnection, event_id: UUID, *, why: str, now: datetime
) -> bool:
    """Throw a parked row away and keep the fact; return whether there was one."""
    row = (
        await connection.execute(
            select(_OUTBOX).where(_OUTBOX.c.id == event_id, _OUTBOX.c.parked_at.is_not(None))
        )
    ).one_or_none()
    if row is None:
        return False
    fact = {
        "message_id": event_id,
        "type": row.type,
        "error": row.error,
        "why": why,
        "discarded_at": now,
    }
    await insert_rows(connection, _DISCARDED, [fact], on_conflict="nothing", key=("message_id",))
    await connection.execute(delete(_OUTBOX).where(_OUTBOX.c.seq == row.seq))
    return True


async def outbox_state(connection: AsyncConnection, *, now: datetime) -> OutboxState:
    """Return what waits to be published, and what is parked."""
    row = await _STATE.row(connection)
    oldest = max(0.0, (now - row.oldest).total_seconds()) if row.oldest else 0.0
    return OutboxState(pending=row.pending, oldest_seconds=oldest, parked=row.parked)
