"""Which messages have had their effect."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.base import table_of
from shared.database.bulk import insert_rows
from shared.database.tables import InboxRow

_INBOX = table_of(InboxRow)


async def claim_unseen(
    connection: AsyncConnection, message_ids: Iterable[UUID], *, now: datetime
) -> set[UUID]:
    """Mark `message_ids` as done in this transaction; return those that were not done before.

    Sorted, so that two batches that share ids wait for each other instead of blocking each other.
    """
    rows = [{"message_id": i, "done_at": now} for i in sorted(set(message_ids))]
    return await insert_rows(
        connection,
        _INBOX,
        rows,
        on_conflict="nothing",
        key=("message_id",),
        returning="message_id",
    )


async def forget_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete the rows done before `moment`; return how many."""
    return (await connection.execute(delete(_INBOX).where(_INBOX.c.done_at < moment))).rowcount
