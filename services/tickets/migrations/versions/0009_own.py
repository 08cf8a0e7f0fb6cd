"""What was set at a ticket itself, where merges have made its watchers and links others."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "tickets0009"
down_revision = "tickets0008"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("own", Json))
