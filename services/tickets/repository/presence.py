"""Which operators are present, as the database knows it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select, text

from services.tickets.models import PresenceRow, TicketRow
from shared.database.base import table_of
from shared.database.bulk import NewRows, any_of
from shared.database.unit_of_work import UnitOfWork

_TICKETS = table_of(TicketRow)
_PRESENCE = table_of(PresenceRow)
_ASSIGNMENT = 5_090_117
"""The key of the advisory lock under which tickets are assigned."""


class SqlPresence:
    """Presence in the transaction of `uow` (port `Presence`)."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._connection = uow.connection

    async def alone(self) -> None:
        """Let no other process assign tickets until this transaction ends.

        (SQLite has one writer anyway.)
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text(f"select pg_advisory_xact_lock({_ASSIGNMENT})"))

    async def seen_since(self, moment: datetime) -> frozenset[str]:
        """Return the operators that have had a page open since `moment`."""
        rows = await self._connection.execute(
            select(_PRESENCE.c.operator).where(_PRESENCE.c.seen_at >= moment)
        )
        return frozenset(row.operator for row in rows)

    async def in_hand(self, operators: Collection[str]) -> dict[str, int]:
        """Return how many tickets that have not ended each of `operators` owns."""
        await self._uow.flush()
        owned = (
            select(_TICKETS.c.owner, func.count().label("held"))
            .where(
                text("owner is not null and closed_at is null"), any_of(_TICKETS.c.owner, operators)
            )
            .group_by(_TICKETS.c.owner)
        )
        found = await self._connection.execute(owned)
        return dict.fromkeys(operators, 0) | {row.owner: row.held for row in found}

    def note(self, seen: Mapping[str, datetime]) -> None:
        """Remember when operators were seen, unless they were seen later."""
        rows = [{"operator": operator, "seen_at": seen[operator]} for operator in sorted(seen)]
        self._uow.insert_later(
            NewRows(_PRESENCE, rows, "newer", key=("operator",), version="seen_at")
        )
