"""From which queue a ticket was escalated that still waits for the next."""

import sqlalchemy as sa
from alembic import op

revision = "tickets0002"
down_revision = "tickets0001"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("escalated_from", sa.Text))
