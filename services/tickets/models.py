"""The tables of the tickets service's database."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import Json, UtcDateTime, make_metadata


class Base(DeclarativeBase):
    """The service's own tables."""

    metadata = make_metadata()


def _where_given(column: str) -> Index:
    """Return an index of the rows that have `column`, which most have not."""
    given = text(f"{column} is not null")
    return Index(f"ix_tickets_{column}", column, postgresql_where=given, sqlite_where=given)


_IN_HAND = text("owner is not null and closed_at is null")


class TicketRow(Base):
    """A ticket as it is at `version`; `hop_...` is its open stay in a queue."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        _where_given("parent_id"),
        _where_given("merged_into_id"),
        _where_given("routing_asked_at"),
        _where_given("postponed_until"),
        _where_given("question_asked_at"),
        _where_given("expires_at"),
        Index(
            "ix_tickets_owner_in_hand", "owner", postgresql_where=_IN_HAND, sqlite_where=_IN_HAND
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    queue: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(SmallInteger)
    owner: Mapped[str | None] = mapped_column(Text)
    responsible: Mapped[str | None] = mapped_column(Text)
    last_owner: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None] = mapped_column(Text)
    requester: Mapped[Any] = mapped_column(Json)
    request_type: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[UUID | None] = mapped_column(Uuid)
    subject: Mapped[str] = mapped_column(Text)
    fields: Mapped[Any] = mapped_column(Json)
    context: Mapped[Any] = mapped_column(Json)
    language: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    parent: Mapped[str | None] = mapped_column(Text)
    children: Mapped[Any] = mapped_column(Json)
    links: Mapped[Any] = mapped_column(Json)
    watchers: Mapped[Any] = mapped_column(Json)
    shared_with: Mapped[Any] = mapped_column(Json)
    undelivered: Mapped[Any] = mapped_column(Json, server_default=text("'[]'"))
    merged_into_id: Mapped[UUID | None] = mapped_column(Uuid)
    merged_into: Mapped[str | None] = mapped_column(Text)
    run: Mapped[Any | None] = mapped_column(Json)
    undoable: Mapped[Any | None] = mapped_column(Json)
    own: Mapped[Any | None] = mapped_column(Json)
    bounced_by: Mapped[str | None] = mapped_column(Text)
    routing: Mapped[Any | None] = mapped_column(Json)
    routing_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    routing_asked_by: Mapped[str | None] = mapped_column(Text)
    escalated_from: Mapped[str | None] = mapped_column(Text)
    postponed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    question_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_taking_told: Mapped[bool] = mapped_column(Boolean)
    hop_id: Mapped[UUID | None] = mapped_column(Uuid)
    hop_started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hop_taken: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hop_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ArticleRow(Base):
    """One row inside a ticket, appended by the change to `version`; never edited."""

    __tablename__ = "articles"
    __table_args__ = (Index("ix_articles_ticket_id_version", "ticket_id", "version"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    author: Mapped[Any] = mapped_column(Json)
    visible_to_requester: Mapped[bool] = mapped_column(Boolean)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    child: Mapped[Any | None] = mapped_column(Json)


class HistoryRow(Base):
    """One change of a ticket, by whom and when; never edited.

    `event` is the name of the event that told it.
    """

    __tablename__ = "history"

    ticket_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[Any] = mapped_column(Json)
    event: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[Any] = mapped_column(Json)


class HopRow(Base):
    """A stay in a queue, as the ticket's `version` left it."""

    __tablename__ = "hops"
    __table_args__ = (Index("ix_hops_ticket_id_started", "ticket_id", "started"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer)
    queue: Mapped[str] = mapped_column(Text)
    started: Mapped[datetime] = mapped_column(UtcDateTime)
    taken: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)


class PresenceRow(Base):
    """When an operator was last known to have a page open."""

    __tablename__ = "presence"

    operator: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeskSweepRow(Base):
    """When the tickets were looked at for people to whom the desk of `desk_version` no longer gives
    the rights they need.

    `ended_at` is empty while there may still be such tickets.
    """

    __tablename__ = "desk_sweeps"

    desk_version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DailyCounterRow(Base):
    """How many ticket numbers of a day have been handed out to processes."""

    __tablename__ = "daily_counters"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    reserved: Mapped[int] = mapped_column(Integer)
