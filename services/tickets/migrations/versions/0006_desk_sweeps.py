"""Under which desks the tickets were looked at for people who have lost their rights."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import UtcDateTime

revision = "tickets0006"
down_revision = "tickets0005"


def upgrade() -> None:
    op.create_table(
        "desk_sweeps",
        sa.Column("desk_version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("desk_version", name="pk_desk_sweeps"),
    )
