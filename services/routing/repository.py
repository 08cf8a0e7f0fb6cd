"""Reading and writing desk versions and decisions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.models import DecisionRow, DeskVersionRow
from services.routing.rules import Decision
from shared.database.base import table_of
from shared.database.bulk import any_of, insert_rows

_VERSIONS = table_of(DeskVersionRow)
_DECISIONS = table_of(DecisionRow)


@dataclass(frozen=True, slots=True)
class AppliedDesk:
    """A desk description that was applied; `body` is JSON, `content_hash` its SHA-256 in
    hexadecimal.
    """

    version: int
    body: str
    content_hash: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class DecidedHop:
    """A decision and what it is about."""

    hop_id: UUID
    ticket_id: UUID
    ticket_version: int
    desk_version: int
    decision: Decision
    decided_at: datetime


async def lock_desk_versions(connection: AsyncConnection) -> None:
    """Let nobody else apply a desk until this transaction ends; reading goes on.

    (SQLite has one writer anyway.)
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("lock table desk_versions in share row exclusive mode"))


async def find_newest_desk(connection: AsyncConnection) -> AppliedDesk | None:
    """Return the desk applied last, None if there is none."""
    row = (
        await connection.execute(select(_VERSIONS).order_by(_VERSIONS.c.version.desc()).limit(1))
    ).one_or_none()
    return AppliedDesk(row.version, row.body, row.content_hash, row.applied_at) if row else None


async def read_desks(connection: AsyncConnection) -> list[AppliedDesk]:
    """Return all desks that were applied, in order."""
    rows = await connection.execute(select(_VERSIONS).order_by(_VERSIONS.c.version))
    return [AppliedDesk(row.version, row.body, row.content_hash, row.applied_at) for row in rows]


async def find_newest_version(connection: AsyncConnection) -> int | None:
    """Return the version of the desk applied last, None if there is none."""
    return (
        await connection.execute(
            select(_VERSIONS.c.version).order_by(_VERSIONS.c.version.desc()).limit(1)
        )
    ).scalar()


async def insert_desk(connection: AsyncConnection, applied: AppliedDesk) -> None:
    """Store a desk that is being applied, under a version of its own."""
    values = {
        "version": applied.version,
        "body": applied.body,
        "content_hash": applied.content_hash,
        "applied_at": applied.applied_at,
    }
    await connection.execute(insert(_VERSIONS).values(values))


async def insert_decisions(connection: AsyncConnection, decided: Iterable[DecidedHop]) -> set[UUID]:
    """Store decisions, each hop once; return the hops that had none before.

    Sorted, so that two batches wait in the same order.
    """
    rows = [_row(each) for each in sorted(decided, key=lambda each: each.hop_id)]
    return await insert_rows(
        connection, _DECISIONS, rows, on_conflict="nothing", key=("hop_id",), returning="hop_id"
    )


async def replace_decisions(connection: AsyncConnection, decided: Iterable[DecidedHop]) -> None:
    """Put other decisions in the place of those stored for these hops."""
    for each in sorted(decided, key=lambda each: each.hop_id):
        await connection.execute(
            update(_DECISIONS).where(_DECISIONS.c.hop_id == each.hop_id).values(_row(each))
        )


async def read_decisions(
    connection: AsyncConnection, hop_ids: Collection[UUID]
) -> dict[UUID, DecidedHop]:
    """Return the decisions stored for `hop_ids`, by hop."""
    if not hop_ids:
        return {}
    rows = await connection.execute(select(_DECISIONS).where(any_of(_DECISIONS.c.hop_id, hop_ids)))
    return {
        row.hop_id: DecidedHop(
            hop_id=row.hop_id,
            ticket_id=row.ticket_id,
            ticket_version=row.ticket_version,
            desk_version=row.desk_version,
            decision=Decision(
                queue=row.queue, rule=row.rule, reason=row.reason, missing=tuple(row.missing)
            ),
            decided_at=row.decided_at,
        )
        for row in rows
    }


def _row(hop: DecidedHop) -> dict[str, object]:
    return {
        "hop_id": hop.hop_id,
        "ticket_id": hop.ticket_id,
        "ticket_version": hop.ticket_version,
        "desk_version": hop.desk_version,
        "queue": hop.decision.queue,
        "rule": hop.decision.rule,
        "reason": hop.decision.reason,
        "missing": list(hop.decision.missing),
        "decided_at": hop.decided_at,
    }
