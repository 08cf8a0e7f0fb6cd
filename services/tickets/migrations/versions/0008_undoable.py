"""What can be undone of each ticket, and whose act waits for routing."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "tickets0008"
down_revision = "tickets0007"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("undoable", Json))
    op.add_column("tickets", sa.Column("routing_asked_by", sa.Text))
