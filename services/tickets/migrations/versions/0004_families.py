"""Families, merging, watchers, recipes, the clock of questions, and who is there to be given
tickets.
"""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json, UtcDateTime

revision = "tickets0004"
down_revision = "tickets0003"


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("watchers", Json, nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column("tickets", sa.Column("merged_into_id", sa.Uuid))
    op.add_column("tickets", sa.Column("merged_into", sa.Text))
    op.add_column("tickets", sa.Column("run", Json))
    op.add_column("tickets", sa.Column("bounced_by", sa.Text))
    for name in ("question_asked_at", "reminded_at", "expires_at"):
        op.add_column("tickets", sa.Column(name, UtcDateTime))
    op.add_column("articles", sa.Column("child", Json))
    for name in ("merged_into_id", "question_asked_at", "expires_at"):
        given = sa.text(f"{name} is not null")
        op.create_index(
            f"ix_tickets_{name}", "tickets", [name], postgresql_where=given, sqlite_where=given
        )
    in_hand = sa.text("owner is not null and closed_at is null")
    op.create_index(
        "ix_tickets_owner_in_hand",
        "tickets",
        ["owner"],
        postgresql_where=in_hand,
        sqlite_where=in_hand,
    )
    op.create_table(
        "presence",
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("operator", name="pk_presence"),
    )
