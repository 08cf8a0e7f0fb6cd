"""Limits that all processes of a service keep together: so many of something within so long,
counted in the service's database.

The time of a subject begins with its first use and its end is fixed then, so that never more than
the limit passes within it. Refused attempts count, too: they change nothing until the time is over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.core.ids import derived_id
from shared.database.base import table_of
from shared.database.bulk import packed
from shared.database.prepared import fetch
from shared.database.tables import QuotaRow

_QUOTAS = table_of(QuotaRow)

_COUNT = (
    "on conflict (key) do update set "
    "used = case when known.until <= {now} then excluded.used else known.used + excluded.used end, "
    "until = case when known.until <= {now} then excluded.until else known.until end "
    "returning key, used, until"
)
_ON_POSTGRES = (
    "insert into quotas as known (key, used, until) "
    "select key, used, until from json_to_recordset($1::text::json) as given(key uuid, used "
    "bigint, until bigint) " + _COUNT.format(now="$2")
)
_ON_SQLITE = (
    "insert into quotas as known (key, used, until) "
    "select value ->> 'key', value ->> 'used', value ->> 'until' from json_each(?1) where true "
    + _COUNT.format(now="?2")
)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `most` uses by one subject `within` some time; `key` names limit and subject."""

    key: UUID
    most: int
    within: timedelta

    @classmethod
    def of(cls, name: str, subject: str, *, most: int, within: timedelta) -> "Quota":
        """Return the quota `name` of `subject`, whose text is not kept."""
        return cls(derived_id("quota", name, subject), most, within)


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a quota is used, this time included, in the time that ends at `until`."""

    used: int
    until: datetime

    def wait(self, now: datetime) -> int:
        """Return the whole seconds until the time is over."""
        return max(1, ceil((self.until - now).total_seconds()))


async def use(
    connection: AsyncConnection, wanted: Mapping[Quota, int], *, now: datetime
) -> dict[UUID, Used]:
    """Use of each quota as many as are wanted; return by key what is used then.

    More than its limit is for the caller to refuse.

    One statement; rows are locked in the order of their keys, until the transaction ends.
    """
    if not wanted:
        return {}
    is_postgres = connection.dialect.name == "postgresql"
    rows = [
        # SQLite has a UUID as its digits.
        {
            "key": str(quota.key) if is_postgres else quota.key.hex,
            "used": count,
            "until": _milliseconds(now + quota.within),
        }
        for quota, count in sorted(wanted.items(), key=lambda item: item[0].key.int)
    ]
    found = await fetch(
        connection, _ON_POSTGRES if is_postgres else _ON_SQLITE, (packed(rows), _milliseconds(now))
    )
    return {
        key if isinstance(key, UUID) else UUID(key): Used(used, _moment(until))
        for key, used, until in found
    }


async def forget_past(connection: AsyncConnection, *, now: datetime, limit: int) -> int:
    """Delete at most `limit` rows whose time is over at `now`; return how many."""
    past = (
        select(_QUOTAS.c.key)
        .where(_QUOTAS.c.until <= _milliseconds(now))
        .order_by(_QUOTAS.c.until)
        .limit(limit)
    )
    return (await connection.execute(delete(_QUOTAS).where(_QUOTAS.c.key.in_(past)))).rowcount


def wanted_by(uses: Iterable[Quota]) -> dict[Quota, int]:
    """Return how often each quota is used."""
    counts: dict[Quota, int] = {}
    for quota in uses:
        counts[quota] = counts.get(quota, 0) + 1
    return counts


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
