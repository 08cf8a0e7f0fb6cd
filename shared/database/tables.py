"""The tables that every service's database has beside its own: what the bus and the desk copy keep
there.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import BigId, Json, UtcDateTime, make_metadata


class SharedBase(DeclarativeBase):
    """The shared tables; each service's database has all of them."""

    metadata = make_metadata()


class OutboxRow(SharedBase):
    """An event that was committed with its change and waits to be published. Gone when confirmed.

    `parked_at` with `error`: it can never be published and is shown among the dead letters.
    `target`: a replay for one service only.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_partition_seq",
            "partition",
            "seq",
            postgresql_where=text("parked_at is null"),
        ),
        {
            "sqlite_autoincrement": True,
        },
    )

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(Uuid)
    partition: Mapped[int] = mapped_column(SmallInteger)
    aggregate_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    correlation_id: Mapped[UUID] = mapped_column(Uuid)
    causation_id: Mapped[UUID | None] = mapped_column(Uuid)
    traceparent: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    target: Mapped[str | None] = mapped_column(Text)
    parked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)


class InboxRow(SharedBase):
    """A message whose effects are committed: seeing it again changes nothing."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_done_at", "done_at"),)

    message_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FailedMessageRow(SharedBase):
    """A message that could not be handled in its batch, kept whole until it is.

    `state`: `retry` (due at `next_attempt_at`), `waiting` (what it builds on has not arrived),
    `dead` (a person must decide). `unfinished` counts starts that never came to an end: the process
    died in them. While `lease_until` lies ahead, process `claimed_by` is at it.
    """

    __tablename__ = "failed_messages"
    __table_args__ = (
        Index("ix_failed_messages_state_next_attempt_at", "state", "next_attempt_at"),
    )

    message_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    producer: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes]
    correlation_id: Mapped[UUID] = mapped_column(Uuid)
    causation_id: Mapped[UUID | None] = mapped_column(Uuid)
    traceparent: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_replay: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    unfinished: Mapped[int] = mapped_column(Integer)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    first_failed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DiscardedMessageRow(SharedBase):
    """A dead letter that a person threw away, and why. The body is gone; the fact stays."""

    __tablename__ = "discarded_messages"

    message_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    discarded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BusCursorRow(SharedBase):
    """Embedded bus: how far this service has got in a producer's outbox.

    `clean` is false while it runs.
    """

    __tablename__ = "bus_cursors"

    producer: Mapped[str] = mapped_column(Text, primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    clean: Mapped[bool] = mapped_column(Boolean)


class CommandAnswerRow(SharedBase):
    """What a command was answered, so that its repeat is answered the same.

    `body_hash` binds the id to what was asked.
    """

    __tablename__ = "command_answers"
    __table_args__ = (Index("ix_command_answers_answered_at", "answered_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body_hash: Mapped[str] = mapped_column(Text)
    answer: Mapped[Any] = mapped_column(Json)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuotaRow(SharedBase):
    """How often something was done by or for a subject in the time that ends at `until`
    (milliseconds since 1970, UTC).

    `key` is derived from limit and subject. A row whose time is over means nothing and is deleted
    by and by. On PostgreSQL the table is not logged: counting waits for no disk, and after a crash
    all counts begin anew.
    """

    __tablename__ = "quotas"
    __table_args__ = (Index("ix_quotas_until", "until"),)

    key: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)


class DeskCopyRow(SharedBase):
    """This service's copy of the desk; one row.

    `body` is JSON as text: JSONB would forget the order of queues and forms.
    """

    __tablename__ = "desk_copy"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
