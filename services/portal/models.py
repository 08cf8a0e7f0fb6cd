"""The read model: copies of what tickets and notify said.

No foreign keys: parts may arrive in any order.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, SmallInteger, Text, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import BigId, Json, UtcDateTime, Words, make_metadata

_ACTIVE = text("is_active")
_A_CHILD = text("parent_id is not null")
_MERGED = text("merged_into_id is not null")
_HAS_OWNER = text("owner is not null")
_FACTS = ("state", "owner", "request_type")
_FAILED = text("state = 'failed'")
_UNREAD = text("read_at is null")


class Base(DeclarativeBase):
    """The portal's own tables."""

    metadata = make_metadata()


class TicketRow(Base):
    """A ticket at its newest known version: every field of TicketState.

    `is_active`: it has not ended. `requester_assurance` is null in rows from before it was
    recorded: then it is the usual one. `requester_email_key` is the folded address. Each order of
    the lists has its index, over all and within a queue, with the number as second key; those of
    the usual order have the facts that lists are narrowed by, so that what does not fit is passed
    over unread (measured: no dearer to write).
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_number", "number"),
        Index(
            "ix_tickets_created_at_number_queue_state_owner_request_type",
            "created_at",
            "number",
            "queue",
            *_FACTS,
        ),
        Index("ix_tickets_updated_at_number", "updated_at", "number"),
        Index("ix_tickets_priority_number", "priority", "number"),
        Index(
            "ix_tickets_queue_created_at_number_state_owner_request_type",
            "queue",
            "created_at",
            "number",
            *_FACTS,
        ),
        Index("ix_tickets_queue_updated_at_number", "queue", "updated_at", "number"),
        Index("ix_tickets_queue_priority_number", "queue", "priority", "number"),
        Index(
            "ix_tickets_queue_state_owner_active",
            "queue",
            "state",
            "owner",
            postgresql_where=_ACTIVE,
            sqlite_where=_ACTIVE,
        ),
        Index(
            "ix_tickets_owner_created_at_number",
            "owner",
            "created_at",
            "number",
            postgresql_where=_HAS_OWNER,
            sqlite_where=_HAS_OWNER,
        ),
        Index("ix_tickets_requester_identity", "requester_identity"),
        Index("ix_tickets_requester_email_key", "requester_email_key"),
        Index(
            "ix_tickets_parent_id", "parent_id", postgresql_where=_A_CHILD, sqlite_where=_A_CHILD
        ),
        Index(
            "ix_tickets_merged_into_id",
            "merged_into_id",
            postgresql_where=_MERGED,
            sqlite_where=_MERGED,
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean)
    queue: Mapped[str | None] = mapped_column(Text)
    hop_id: Mapped[UUID | None] = mapped_column(Uuid)
    priority: Mapped[int] = mapped_column(SmallInteger)
    owner: Mapped[str | None] = mapped_column(Text)
    responsible: Mapped[str | None] = mapped_column(Text)
    last_owner: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None] = mapped_column(Text)
    requester_identity: Mapped[str | None] = mapped_column(Text)
    requester_name: Mapped[str] = mapped_column(Text)
    requester_email: Mapped[str] = mapped_column(Text)
    requester_affiliation: Mapped[str] = mapped_column(Text)
    requester_assurance: Mapped[str | None] = mapped_column(Text)
    requester_email_key: Mapped[str] = mapped_column(Text)
    request_type: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    fields: Mapped[Any] = mapped_column(Json)
    context: Mapped[Any] = mapped_column(Json)
    language: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    parent: Mapped[str | None] = mapped_column(Text)
    children: Mapped[Any] = mapped_column(Json)
    links: Mapped[Any] = mapped_column(Json)
    routing: Mapped[Any | None] = mapped_column(Json)
    watchers: Mapped[Any] = mapped_column(Json)
    undoable: Mapped[Any | None] = mapped_column(Json)
    shared_with: Mapped[Any] = mapped_column(Json)
    merged_into_id: Mapped[UUID | None] = mapped_column(Uuid)
    merged_into: Mapped[str | None] = mapped_column(Text)
    run: Mapped[Any | None] = mapped_column(Json)
    postponed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    actions: Mapped[Any] = mapped_column(Json)


class WordsRow(Base):
    """The words that searches find a ticket by (see domain/words.py), by who may know them.

    `facts` are those of the requester and of the answers, at `version`, with `merged_into_id`;
    `public` those of the number, the subject and the articles that the requester sees; `internal`
    those of all other articles. The last two only grow. The migration makes what finds them: on
    PostgreSQL the indexes `ix_words_all` and `ix_words_merged`, on SQLite the table `words_index`
    (FTS5) with its triggers, which knows a row by its `place`.
    """

    __tablename__ = "words"
    __table_args__ = (
        Index("ix_words_ticket_id", "ticket_id", unique=True),
        Index(
            "ix_words_merged_into_id",
            "merged_into_id",
            postgresql_where=_MERGED,
            sqlite_where=_MERGED,
        ),
    )

    place: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(Integer)
    merged_into_id: Mapped[UUID | None] = mapped_column(Uuid)
    facts: Mapped[str] = mapped_column(Words)
    public: Mapped[str] = mapped_column(Words)
    internal: Mapped[str] = mapped_column(Words)


class ShareRow(Base):
    """By whose address (`email_key`, folded) a shared ticket is found.

    `version` is the newest known one at which the ticket was shared with that person. Only while
    the ticket itself is at it is he among those whom it is shared with: a row that is left behind
    opens nothing, in whatever order events arrive.
    """

    __tablename__ = "shares"

    email_key: Mapped[str] = mapped_column(Text, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)


class ArticleRow(Base):
    """A row inside a ticket; never changed."""

    __tablename__ = "articles"
    __table_args__ = (Index("ix_articles_ticket_id", "ticket_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    author_identity: Mapped[str | None] = mapped_column(Text)
    author_name: Mapped[str] = mapped_column(Text)
    visible_to_requester: Mapped[bool] = mapped_column(Boolean)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    child: Mapped[Any | None] = mapped_column(Json)


class HistoryRow(Base):
    """A change of a ticket; never changed."""

    __tablename__ = "history"

    ticket_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(Text)
    actor_identity: Mapped[str | None] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[Any] = mapped_column(Json)


class DeliveryRow(Base):
    """A mail about a ticket at its newest known version; `article_id` is the article it is or
    carries.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_ticket_id", "ticket_id"),
        Index("ix_deliveries_failed", "at", postgresql_where=_FAILED, sqlite_where=_FAILED),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    article_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeRow(Base):
    """What an operator is told of a change, at its newest known version.

    `read_at` is when he had read it: the portal's own fact.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_ticket_id", "ticket_id"),
        Index("ix_notices_operator_at_id", "operator", "at", "id"),
        Index(
            "ix_notices_operator_at_id_unread",
            "operator",
            "at",
            "id",
            postgresql_where=_UNREAD,
            sqlite_where=_UNREAD,
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    operator: Mapped[str] = mapped_column(Text)
    ticket_id: Mapped[UUID] = mapped_column(Uuid)
    ticket_version: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    actor_identity: Mapped[str | None] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PreferencesRow(Base):
    """How an operator wants to be told, as he last chose."""

    __tablename__ = "preferences"

    operator: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    rhythm: Mapped[str] = mapped_column(Text)
    muted: Mapped[Any] = mapped_column(Json)
