"""Finds the mails that did not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "portal0008"
down_revision = "portal0007"


def upgrade() -> None:
    failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_deliveries_failed", "deliveries", ["at"], postgresql_where=failed, sqlite_where=failed
    )
