"""When a request without a ticket is published again."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import UtcDateTime

revision = "intake0003"
down_revision = "intake0002"

_WITHOUT_TICKET = sa.text("ticket_number is null")


def upgrade() -> None:
    op.add_column("submissions", sa.Column("again_at", UtcDateTime))
    op.execute("update submissions set again_at = submitted_at where ticket_number is null")
    op.create_index(
        "ix_submissions_again_at",
        "submissions",
        ["again_at"],
        postgresql_where=_WITHOUT_TICKET,
        sqlite_where=_WITHOUT_TICKET,
    )
