"""What can be undone of each ticket."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "portal0009"
down_revision = "portal0008"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("undoable", Json))
