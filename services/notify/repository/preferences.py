"""How operators want to be told."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain.notices import Preferences
from services.notify.models import PreferencesRow
from shared.core.ids import derived_id
from shared.database.base import table_of
from shared.database.bulk import NewRows, is_one_of, packed
from shared.database.prepared import Prepared

_PREFERENCES = table_of(PreferencesRow)
_OF = Prepared(select(_PREFERENCES).where(is_one_of(_PREFERENCES.c.id, "ids")))


async def preferences_of(
    connection: AsyncConnection, operators: Iterable[str]
) -> dict[str, Preferences]:
    """Return what those among `operators` want who have chosen."""
    ids = sorted(operator_id(each) for each in operators)
    rows = await _OF.rows(connection, ids=packed(ids)) if ids else []
    return {
        row.operator: Preferences(row.version, row.rhythm, frozenset(row.muted)) for row in rows
    }


def preferences_row(operator: str, preferences: Preferences, *, now: datetime) -> NewRows:
    """Return what stores `preferences`; it returns no id where others of this version or a later
    one were stored meanwhile.
    """
    row = {
        "id": operator_id(operator),
        "operator": operator,
        "version": preferences.version,
        "rhythm": preferences.rhythm,
        "muted": sorted(preferences.muted),
        "changed_at": now,
    }
    return NewRows(_PREFERENCES, [row], "newer", returning="id")


def operator_id(operator: str) -> UUID:
    """Return the id that stands for `operator` among aggregates."""
    return derived_id("operator", operator)
