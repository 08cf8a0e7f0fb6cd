"""The read model: tickets, articles, history, deliveries."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json, UtcDateTime

revision = "portal0001"
down_revision = None


def upgrade() -> None:
    active = sa.text("is_active")
    has_owner = sa.text("owner is not null")
    a_child = sa.text("parent_id is not null")
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("hop_id", sa.Uuid),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("responsible", sa.Text),
        sa.Column("last_owner", sa.Text),
        sa.Column("closed_by", sa.Text),
        sa.Column("requester_identity", sa.Text),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("requester_email", sa.Text, nullable=False),
        sa.Column("requester_affiliation", sa.Text, nullable=False),
        sa.Column("requester_email_key", sa.Text, nullable=False),
        sa.Column("request_type", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("context", Json, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("parent", sa.Text),
        sa.Column("children", Json, nullable=False),
        sa.Column("links", Json, nullable=False),
        sa.Column("routing", Json),
        sa.Column("postponed_until", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("actions", Json, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_index("ix_tickets_number", "tickets", ["number"])
    op.create_index("ix_tickets_created_at_number", "tickets", ["created_at", "number"])
    op.create_index("ix_tickets_updated_at_number", "tickets", ["updated_at", "number"])
    op.create_index("ix_tickets_priority_number", "tickets", ["priority", "number"])
    op.create_index(
        "ix_tickets_queue_created_at_number", "tickets", ["queue", "created_at", "number"]
    )
    op.create_index(
        "ix_tickets_queue_state_owner_active",
        "tickets",
        ["queue", "state", "owner"],
        postgresql_where=active,
        sqlite_where=active,
    )
    op.create_index(
        "ix_tickets_owner", "tickets", ["owner"], postgresql_where=has_owner, sqlite_where=has_owner
    )
    op.create_index("ix_tickets_requester_identity", "tickets", ["requester_identity"])
    op.create_index("ix_tickets_requester_email_key", "tickets", ["requester_email_key"])
    op.create_index(
        "ix_tickets_parent_id",
        "tickets",
        ["parent_id"],
        postgresql_where=a_child,
        sqlite_where=a_child,
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author_identity", sa.Text),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("visible_to_requester", sa.Boolean, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_ticket_id", "articles", ["ticket_id"])
    op.create_table(
        "history",
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("actor_identity", sa.Text),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("changes", Json, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "version", name="pk_history"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("article_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_ticket_id", "deliveries", ["ticket_id"])
    if op.get_context().dialect.name == "postgresql":
        # A mail changes its state within moments: room in the page keeps that out of the indexes.
        op.execute("alter table deliveries set (fillfactor = 85)")
