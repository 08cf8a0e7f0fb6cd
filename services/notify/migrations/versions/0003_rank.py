"""Mails to requesters go before mails to operators."""

import sqlalchemy as sa
from alembic import op

revision = "notify0003"
down_revision = "notify0002"


def upgrade() -> None:
    op.add_column(
        "deliveries",
        sa.Column("rank", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    )
    waiting = sa.text("next_attempt_at is not null")
    op.create_index(
        "ix_deliveries_rank_next_attempt_at",
        "deliveries",
        ["rank", "next_attempt_at"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.drop_index("ix_deliveries_next_attempt_at", "deliveries")
