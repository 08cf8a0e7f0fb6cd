"""Postponed tickets are found by the time at which they are due."""

import sqlalchemy as sa
from alembic import op

revision = "tickets0003"
down_revision = "tickets0002"


def upgrade() -> None:
    postponed = sa.text("postponed_until is not null")
    op.create_index(
        "ix_tickets_postponed_until",
        "tickets",
        ["postponed_until"],
        postgresql_where=postponed,
        sqlite_where=postponed,
    )
