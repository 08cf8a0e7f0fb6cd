"""The tables of routing's database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import Json, UtcDateTime, make_metadata


class Base(DeclarativeBase):
    """Routing's own tables."""

    metadata = make_metadata()


class DeskVersionRow(Base):
    """A desk description that was applied.

    `body` is its JSON as text, for the order of its keys is meant; `content_hash` its SHA-256.
    """

    __tablename__ = "desk_versions"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionRow(Base):
    """Where a hop without a queue was sent, by which rule (None: the default queue) of which desk,
    and what the rule saw.
    """

    __tablename__ = "decisions"

    hop_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    ticket_version: Mapped[int] = mapped_column(Integer)
    desk_version: Mapped[int] = mapped_column(Integer)
    queue: Mapped[str] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    missing: Mapped[Any] = mapped_column(Json)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
