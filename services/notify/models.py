"""The ledgers: of mails (one row is one mail to one recipient), and of what operators are told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, SmallInteger, Text, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import Json, UtcDateTime, make_metadata

_WAITING = text("next_attempt_at is not null")
_LEASED = text("lease_until is not null")
_GATHERING = text("rhythm = 'each' and delivery_id is null")
_FOR_DIGEST = text("rhythm = 'digest' and delivery_id is null")


class Base(DeclarativeBase):
    """notify's own tables."""

    metadata = make_metadata()


class DeliveryRow(Base):
    """A delivery and its whole life.

    What may happen next is told by two columns of which at most one has a value: `next_attempt_at`
    while it waits, `lease_until` while process claim `claimed_by` is sending it; neither when it
    has ended. `state` says the same and more to people. `sequence` orders the rows of one ticket
    and recipient. `resent_version` is the ticket's version at which an operator last had it sent
    again after it had failed, 0 where nobody had. Rows of a lower `rank` go first: 0 to requesters
    and outside, 1 to operators.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("next_attempt_at is null or lease_until is null", name="waiting_or_leased"),
        Index(
            "ix_deliveries_rank_next_attempt_at",
            "rank",
            "next_attempt_at",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index(
            "ix_deliveries_lease_until",
            "lease_until",
            postgresql_where=_LEASED,
            sqlite_where=_LEASED,
        ),
        Index("ix_deliveries_ticket_id_recipient_sequence", "ticket_id", "recipient", "sequence"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    ticket_number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    recipient_name: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(Text)
    article_id: Mapped[UUID] = mapped_column(Uuid)
    sequence: Mapped[int] = mapped_column(Integer)
    rank: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer)
    maybe_sent: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(Text)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[UUID | None] = mapped_column(Uuid)
    owed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    correlation_id: Mapped[UUID] = mapped_column(Uuid)
    causation_id: Mapped[UUID | None] = mapped_column(Uuid)
    traceparent: Mapped[str | None] = mapped_column(Text)
    resent_version: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class NoticeRow(Base):
    """What one operator is told of one change of a ticket; see `Notice`.

    How its mail fares stands in the row of `delivery_id`.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_delivery_id", "delivery_id"),
        Index(
            "ix_notices_operator",
            "operator",
            postgresql_where=_FOR_DIGEST,
            sqlite_where=_FOR_DIGEST,
        ),
        Index(
            "ix_notices_gathering",
            "operator",
            "queue",
            postgresql_where=_GATHERING,
            sqlite_where=_GATHERING,
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    ticket_version: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    queue: Mapped[str | None] = mapped_column(Text)
    operator: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    actor_identity: Mapped[str | None] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    rhythm: Mapped[str] = mapped_column(Text)
    delivery_id: Mapped[UUID | None] = mapped_column(Uuid)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mail_subject: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    happened: Mapped[str | None] = mapped_column(Text)
    other: Mapped[str | None] = mapped_column(Text)


class PlaceRow(Base):
    """In which queue a ticket was at the newest version that changed it: before a mail leaves, it
    is asked who may see the ticket now.
    """

    __tablename__ = "places"

    ticket_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    queue: Mapped[str | None] = mapped_column(Text)


class PreferencesRow(Base):
    """How an operator wants to be told; `id` is made from his identity."""

    __tablename__ = "preferences"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    operator: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    rhythm: Mapped[str] = mapped_column(Text)
    muted: Mapped[list[str]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
