"""The tables of intake's database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, Text, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import Json, UtcDateTime, make_metadata

_WITHOUT_TICKET = text("ticket_number is null")


class Base(DeclarativeBase):
    """Intake's own tables."""

    metadata = make_metadata()


class SubmissionRow(Base):
    """A request as it was sent; `id` is the request id. `ticket_number` comes later, from tickets.

    `filed_by` is the operator who sent it in the requester's place. A request that is no ticket at
    `again_at` is published again then; None stands for a row of a release that did not know the
    column yet.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        Index(
            "ix_submissions_again_at",
            "again_at",
            postgresql_where=_WITHOUT_TICKET,
            sqlite_where=_WITHOUT_TICKET,
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    form: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    fields: Mapped[Any] = mapped_column(Json)
    requester: Mapped[Any] = mapped_column(Json)
    filed_by: Mapped[Any | None] = mapped_column(Json)
    context: Mapped[Any] = mapped_column(Json)
    language: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ticket_number: Mapped[str | None] = mapped_column(Text)
    again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyKeyRow(Base):
    """An Idempotency-Key that was used; `id` is derived from key and caller, `body_hash` is the
    SHA-256 of what was sent with it.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_used_at", "used_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    request_id: Mapped[UUID] = mapped_column(Uuid)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
