"""What operators are told: the bell, and how they want to hear of it."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json, UtcDateTime

revision = "portal0003"
down_revision = "portal0002"


def upgrade() -> None:
    unread = sa.text("read_at is null")
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("ticket_version", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor_identity", sa.Text),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("read_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_ticket_id", "notices", ["ticket_id"])
    op.create_index("ix_notices_operator_at_id", "notices", ["operator", "at", "id"])
    op.create_index(
        "ix_notices_operator_at_id_unread",
        "notices",
        ["operator", "at", "id"],
        postgresql_where=unread,
        sqlite_where=unread,
    )
    op.create_table(
        "preferences",
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rhythm", sa.Text, nullable=False),
        sa.Column("muted", Json, nullable=False),
        sa.PrimaryKeyConstraint("operator", name="pk_preferences"),
    )
    if op.get_context().dialect.name == "postgresql":
        # The mail of a notice changes its state within moments, and somebody reads it: room in the
        # page keeps that cheap.
        op.execute("alter table notices set (fillfactor = 85)")
