"""Notices to operators, where tickets are, and how operators want to be told."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json, UtcDateTime

revision = "notify0002"
down_revision = "notify0001"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("ticket_version", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("actor_identity", sa.Text),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("rhythm", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Uuid),
        sa.Column("raised_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    for_digest = sa.text("rhythm = 'digest' and delivery_id is null")
    op.create_index("ix_notices_delivery_id", "notices", ["delivery_id"])
    op.create_index(
        "ix_notices_operator",
        "notices",
        ["operator"],
        postgresql_where=for_digest,
        sqlite_where=for_digest,
    )
    op.create_table(
        "places",
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_places"),
    )
    op.create_table(
        "preferences",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rhythm", sa.Text, nullable=False),
        sa.Column("muted", Json, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_preferences"),
    )
