"""Mails that did not arrive."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "tickets0007"
down_revision = "tickets0006"


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("undelivered", Json, nullable=False, server_default=sa.text("'[]'"))
    )
