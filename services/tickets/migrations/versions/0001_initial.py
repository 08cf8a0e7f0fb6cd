"""Tickets, their articles, history and hops, and the daily counters of their numbers."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json, UtcDateTime

revision = "tickets0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("responsible", sa.Text),
        sa.Column("last_owner", sa.Text),
        sa.Column("closed_by", sa.Text),
        sa.Column("requester", Json, nullable=False),
        sa.Column("request_type", sa.Text),
        sa.Column("request_id", sa.Uuid),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("context", Json, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("parent", sa.Text),
        sa.Column("children", Json, nullable=False),
        sa.Column("links", Json, nullable=False),
        sa.Column("routing", Json),
        sa.Column("routing_asked_at", UtcDateTime),
        sa.Column("postponed_until", UtcDateTime),
        sa.Column("is_taking_told", sa.Boolean, nullable=False),
        sa.Column("hop_id", sa.Uuid),
        sa.Column("hop_started", UtcDateTime),
        sa.Column("hop_taken", UtcDateTime),
        sa.Column("hop_reason", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("number", name="uq_tickets_number"),
    )
    for column in ("parent_id", "routing_asked_at"):
        there = sa.text(f"{column} is not null")
        op.create_index(
            f"ix_tickets_{column}", "tickets", [column], postgresql_where=there, sqlite_where=there
        )
    op.create_table(
        "articles",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", Json, nullable=False),
        sa.Column("visible_to_requester", sa.Boolean, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_ticket_id_version", "articles", ["ticket_id", "version"])
    op.create_table(
        "history",
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", Json, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("changes", Json, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "version", name="pk_history"),
    )
    op.create_table(
        "hops",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("started", UtcDateTime, nullable=False),
        sa.Column("taken", UtcDateTime),
        sa.Column("ended", UtcDateTime),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_hops"),
    )
    op.create_index("ix_hops_ticket_id_started", "hops", ["ticket_id", "started"])
    op.create_table(
        "daily_counters",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("reserved", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_daily_counters"),
    )
