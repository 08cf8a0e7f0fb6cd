"""What others ask tickets on the command line."""

from sqlalchemy import func, select

from services.tickets.lifecycle import LIVE
from services.tickets.models import TicketRow
from shared.database.database import Database


async def count_not_ended_by_queue(database: Database) -> dict[str, int]:
    """Return how many tickets each queue still has to do with; queues without any are left out.

    Children that wait as `returned` are not counted: nobody can move them, and resent they go elsewhere by rule if their queue is closed.
    """
    query = (
        select(TicketRow.queue, func.count())
        .where(TicketRow.state.in_(LIVE), TicketRow.queue.is_not(None))
        .group_by(TicketRow.queue)
    )  # fmt: skip
    async with database.reading() as connection:
        return {str(queue): int(count) for queue, count in await connection.execute(query)}
