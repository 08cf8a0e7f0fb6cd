"""Whom tickets are shared with, and by whose address they are found."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "portal0005"
down_revision = "portal0004"


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("shared_with", Json, nullable=False, server_default=sa.text("'[]'"))
    )
    op.create_table(
        "shares",
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("email_key", "ticket_id", name="pk_shares"),
    )
