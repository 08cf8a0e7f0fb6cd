"""Watchers, merged tickets, recipes at work; what an article `child` tells of."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "portal0002"
down_revision = "portal0001"


def upgrade() -> None:
    merged = sa.text("merged_into_id is not null")
    op.add_column(
        "tickets", sa.Column("watchers", Json, nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column("tickets", sa.Column("merged_into_id", sa.Uuid))
    op.add_column("tickets", sa.Column("merged_into", sa.Text))
    op.add_column("tickets", sa.Column("run", Json))
    op.add_column("articles", sa.Column("child", Json))
    op.create_index(
        "ix_tickets_merged_into_id",
        "tickets",
        ["merged_into_id"],
        postgresql_where=merged,
        sqlite_where=merged,
    )
