"""Submissions, and the keys they were sent with."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json, UtcDateTime

revision = "intake0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("requester", Json, nullable=False),
        sa.Column("context", Json, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.Column("ticket_number", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_used_at", "idempotency_keys", ["used_at"])
