"""Whom tickets are shared with."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "tickets0005"
down_revision = "tickets0004"


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("shared_with", Json, nullable=False, server_default=sa.text("'[]'"))
    )
