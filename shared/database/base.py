"""Column types and metadata; the same models serve PostgreSQL and SQLite."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC.

    SQLite has no time zones, so there it is kept naive and read back as UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone was given")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json: TypeEngine[Any] = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Any JSON value; JSONB on PostgreSQL. Python's None is SQL's NULL."""

Words: TypeEngine[Any] = Text().with_variant(TSVECTOR(), "postgresql")
"""Words to search for, as `shared.text.words` stores them; PostgreSQL has a type of its own for
them.
"""

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""An ascending number given by the database (SQLite numbers only INTEGER primary keys by
itself).
"""


def make_metadata() -> MetaData:
    """Return metadata with the house's constraint names: `class Base(DeclarativeBase): metadata =
    make_metadata()`.
    """
    return MetaData(naming_convention=NAMING)


def table_of(model: type[DeclarativeBase]) -> Table:
    """Return the table of `model`, which the mapper declares as the wider FromClause."""
    return cast("Table", model.__table__)
