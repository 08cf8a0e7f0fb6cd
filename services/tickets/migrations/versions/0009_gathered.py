"""Whose the watchers and links of a ticket are into which others were merged."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "tickets0009"
down_revision = "tickets0008"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("gathered", Json))
