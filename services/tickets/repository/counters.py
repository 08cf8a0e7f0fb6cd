"""The daily counters of ticket numbers."""

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from services.tickets.models import DailyCounterRow
from shared.database.base import table_of

_COUNTERS = table_of(DailyCounterRow)


async def reserve_counters(connection: AsyncConnection, *, day: date, count: int) -> int:
    """Reserve `count` counters of `day`; return the first.

    The row stays locked until the transaction ends.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    reserving = insert(_COUNTERS).values(day=day, reserved=count)
    grown = reserving.on_conflict_do_update(
        index_elements=["day"], set_={"reserved": _COUNTERS.c.reserved + count}
    )
    last: int = (await connection.execute(grown.returning(_COUNTERS.c.reserved))).scalar_one()
    return last - count + 1


async def skip_counters(connection: AsyncConnection, *, day: date, behind: int, margin: int) -> int:
    """Let the counters of `day` go on `margin` behind `behind`, or behind the last reserved one
    where that is higher.

    Return the last counter that is skipped.
    """
    reserved = await reserve_counters(connection, day=day, count=0) - 1
    skipped = max(behind - reserved, 0) + margin
    await reserve_counters(connection, day=day, count=skipped)
    return reserved + skipped
