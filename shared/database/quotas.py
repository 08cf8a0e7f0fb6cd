"""Limits that all processes of a service keep together: so many of something within so long, counted in the service's database.

The time of a subject begins with its first use and its end is fixed then, so that never more than the limit passes within it.
Refused attempts count, too: they change nothing until the time is over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, case, delete, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.bulk import packed
from shared.database.direct import Prepared, fetch
from shared.database.tables import QuotaRow
from shared.ids import derived_id

_QUOTAS = cast("Table", QuotaRow.__table__)

_ON_POSTGRES = (
    "insert into quotas as known (key, used, until) "
    "select key, used, until from json_to_recordset($1::text::json) as given(key uuid, used bigint, until timestamptz) "
    "on conflict (key) do update set "
    "used = case when known.until <= $2 then excluded.used else known.used + excluded.used end, "
    "until = case when known.until <= $2 then excluded.until else known.until end "
    "returning key, used, until"
)


def _on_sqlite() -> Prepared:
    insert = sqlite_insert(_QUOTAS)
    new, is_over = insert.excluded, _QUOTAS.c.until <= bindparam("now", type_=_QUOTAS.c.until.type)
    counted = {
        "used": case((is_over, new.used), else_=_QUOTAS.c.used + new.used),
        "until": case((is_over, new.until), else_=_QUOTAS.c.until),
    }
    insert = insert.on_conflict_do_update(index_elements=["key"], set_=counted)
    return Prepared(insert.returning(_QUOTAS.c.key, _QUOTAS.c.used, _QUOTAS.c.until), columns=["key", "used", "until"])


_ON_SQLITE = _on_sqlite()


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


async def use(connection: AsyncConnection, wanted: Mapping[Quota, int], *, now: datetime) -> dict[UUID, Used]:
    """Use of each quota as many as are wanted; return by key what is used then. More than its limit is for the caller to refuse.

    One statement (PostgreSQL); rows are locked in the order of their keys, until the transaction ends.
    """
    if not wanted:
        return {}
    rows = [
        {"key": quota.key, "used": count, "until": now + quota.within}
        for quota, count in sorted(wanted.items(), key=lambda item: item[0].key.int)
    ]
    if connection.dialect.name == "postgresql":
        found = await fetch(connection, _ON_POSTGRES, (packed(rows), now))
        return {key: Used(used, until) for key, used, until in found}
    return {row.key: Used(row.used, row.until) for values in rows for row in await _ON_SQLITE.rows(connection, **values, now=now)}


async def forget_past(connection: AsyncConnection, *, now: datetime, limit: int) -> int:
    """Delete at most `limit` rows whose time is over at `now`; return how many."""
    past = select(_QUOTAS.c.key).where(_QUOTAS.c.until <= now).order_by(_QUOTAS.c.until).limit(limit)
    return (await connection.execute(delete(_QUOTAS).where(_QUOTAS.c.key.in_(past)))).rowcount


def wanted_by(uses: Iterable[Quota]) -> dict[Quota, int]:
    """Return how often each quota is used."""
    counts: dict[Quota, int] = {}
    for quota in uses:
        counts[quota] = counts.get(quota, 0) + 1
    return counts
