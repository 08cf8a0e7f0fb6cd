"""Reading and writing submissions and keys, many at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.models import IdempotencyKeyRow, SubmissionRow
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.people import Actor, Context, Requester
from shared.database.base import table_of
from shared.database.bulk import NewRows, any_of, insert_rows, packed
from shared.database.keyset import rows_after
from shared.database.prepared import Prepared, fetch

_SUBMISSIONS = table_of(SubmissionRow)
_KEYS = table_of(IdempotencyKeyRow)

_SET_NUMBERS = (
    "update submissions set ticket_number = given.number from json_to_recordset($1::text::json) "
    "as given(id uuid, number text) "
    "where submissions.id = given.id and submissions.ticket_number is distinct from given.number"
)
_SET_NUMBER = Prepared(
    update(_SUBMISSIONS)
    .where(_SUBMISSIONS.c.id == bindparam("request_id"))
    .values(ticket_number=bindparam("given"))
)


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key, what was sent with it (SHA-256) and the request it made."""

    id: UUID
    body_hash: bytes
    request_id: UUID


async def claim_keys(
    connection: AsyncConnection, keys: Sequence[UsedKey], *, now: datetime
) -> set[UUID]:
    """Store `keys`, each id once; return the ids of those that nobody had used before.

    A key that another transaction is just storing is waited for. Sorted, so that two batches wait
    in the same order.
    """
    rows = [
        {"id": key.id, "body_hash": key.body_hash, "request_id": key.request_id, "used_at": now}
        for key in sorted(keys, key=lambda key: key.id)
    ]
    return await insert_rows(connection, _KEYS, rows, on_conflict="nothing", returning="id")


async def read_keys(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, UsedKey]:
    """Return the stored keys among `ids`."""
    if not ids:
        return {}
    columns = (_KEYS.c.id, _KEYS.c.body_hash, _KEYS.c.request_id)
    rows = await connection.execute(select(*columns).where(any_of(_KEYS.c.id, ids)))
    return {row.id: UsedKey(row.id, bytes(row.body_hash), row.request_id) for row in rows}


async def forget_keys(
    connection: AsyncConnection, ids: Collection[UUID], *, before: datetime | None = None
) -> None:
    """Delete the keys `ids`, or those of them that were used before a moment."""
    if ids:
        wanted = delete(_KEYS).where(any_of(_KEYS.c.id, ids))
        await connection.execute(
            wanted if before is None else wanted.where(_KEYS.c.used_at < before)
        )


async def forget_keys_before(connection: AsyncConnection, moment: datetime, *, limit: int) -> int:
    """Delete at most `limit` keys used before `moment`; return how many."""
    old = select(_KEYS.c.id).where(_KEYS.c.used_at < moment).order_by(_KEYS.c.used_at).limit(limit)
    return (await connection.execute(delete(_KEYS).where(_KEYS.c.id.in_(old)))).rowcount


def submission_rows(requests: Sequence[RequestSubmitted], *, patience: timedelta) -> NewRows:
    """Return what stores requests that were sent, each to be published again if it is no ticket
    after `patience`.
    """
    return NewRows(
        _SUBMISSIONS,
        [_row(request) | {"again_at": request.submitted_at + patience} for request in requests],
    )


async def add_lost(connection: AsyncConnection, requests: Sequence[RequestSubmitted]) -> None:
    """Store those of `requests` that are not there, with the numbers of their tickets."""
    rows = {
        request.request_id: _row(request) | {"ticket_number": request.ticket_number}
        for request in requests
    }
    await insert_rows(
        connection, _SUBMISSIONS, [rows[key] for key in sorted(rows)], on_conflict="nothing"
    )


async def set_ticket_numbers(connection: AsyncConnection, numbers: Mapping[UUID, str]) -> None:
    """Note the ticket number of each submission, by request id.

    The newest number wins: a request has another one only after tickets was restored from a backup.
    """
    if not numbers:
        return
    if connection.dialect.name == "postgresql":
        given = [
            {"id": str(request_id), "number": number} for request_id, number in numbers.items()
        ]
        await fetch(connection, _SET_NUMBERS, (packed(given),))
    else:
        await _SET_NUMBER.for_each(
            connection,
            [{"request_id": request_id, "given": number} for request_id, number in numbers.items()],
        )


async def claim_unanswered(
    connection: AsyncConnection, *, now: datetime, limit: int
) -> list[RequestSubmitted]:
    """Return up to `limit` requests without a ticket that are to be published again at `now`, those
    that wait longest first.

    They are locked until the end of the transaction; what another process has locked is left out.
    """
    query = (
        select(_SUBMISSIONS)
        .where(_SUBMISSIONS.c.ticket_number.is_(None), _SUBMISSIONS.c.again_at <= now)
        .order_by(_SUBMISSIONS.c.again_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_request(row) for row in await connection.execute(query)]


async def set_again_at(connection: AsyncConnection, moments: Mapping[UUID, datetime]) -> None:
    """Note when each request is published again if it has no ticket by then."""
    change = (
        update(_SUBMISSIONS)
        .where(_SUBMISSIONS.c.id == bindparam("request_id"))
        .values(again_at=bindparam("moment"))
    )
    await connection.execute(
        change,
        [{"request_id": request_id, "moment": moment} for request_id, moment in moments.items()],
    )


async def count_unanswered(connection: AsyncConnection, *, before: datetime) -> int:
    """Return how many requests that were sent before `before` have no ticket."""
    query = select(func.count()).select_from(_SUBMISSIONS)
    return (
        await connection.execute(
            query.where(
                _SUBMISSIONS.c.ticket_number.is_(None), _SUBMISSIONS.c.submitted_at < before
            )
        )
    ).scalar_one()


async def count_submissions(connection: AsyncConnection) -> int:
    """Return how many requests there are."""
    return (await connection.execute(select(func.count()).select_from(_SUBMISSIONS))).scalar_one()


async def submissions_after(
    connection: AsyncConnection, last: UUID | None, *, limit: int
) -> list[RequestSubmitted]:
    """Return `limit` requests in the order of their ids, those behind `last`."""
    return [
        _request(row)
        for row in await rows_after(
            connection, _SUBMISSIONS, (last,) if last else None, limit=limit
        )
    ]


def _row(request: RequestSubmitted) -> dict[str, Any]:
    return {
        "id": request.request_id,
        "form": request.form,
        "subject": request.subject,
        "body": request.body,
        "fields": request.fields,
        "requester": request.requester.model_dump(),
        "filed_by": request.filed_by.model_dump() if request.filed_by else None,
        "context": request.context.model_dump(),
        "language": request.language,
        "priority": request.priority,
        "submitted_at": request.submitted_at,
    }


def _request(row: Any) -> RequestSubmitted:
    return RequestSubmitted(
        request_id=row.id,
        form=row.form,
        subject=row.subject,
        body=row.body,
        fields=row.fields,
        requester=Requester.model_validate(row.requester),
        filed_by=Actor.model_validate(row.filed_by) if row.filed_by else None,
        context=Context.model_validate(row.context),
        language=row.language,
        priority=row.priority,
        submitted_at=row.submitted_at,
        ticket_number=row.ticket_number,
    )
