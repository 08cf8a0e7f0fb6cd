"""One table that has a column of every type the house uses, and one that numbers its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import BigId, Json, UtcDateTime, make_metadata


class Base(DeclarativeBase):
    metadata = make_metadata()


class ThingRow(Base):
    __tablename__ = "things"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str | None] = mapped_column(Text)
    order: Mapped[int | None] = mapped_column(SmallInteger)
    big: Mapped[int | None] = mapped_column(BigInteger)
    ratio: Mapped[float | None] = mapped_column(Float)
    is_good: Mapped[bool | None] = mapped_column(Boolean)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    facts: Mapped[Any] = mapped_column(Json, nullable=True)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    other: Mapped[UUID | None] = mapped_column(Uuid)
    seq: Mapped[int | None] = mapped_column(Integer, server_default="7")


class NumberedRow(Base):
    __tablename__ = "numbered"
    __table_args__ = {"sqlite_autoincrement": True}

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


def table_of(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table


THINGS, NUMBERED = table_of(ThingRow), table_of(NumberedRow)
