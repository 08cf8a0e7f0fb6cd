"""How often something was done: limits that all processes of a service keep together."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import UtcDateTime

revision = "shared0002"
down_revision = "shared0001"


def upgrade() -> None:
    op.create_table(
        "quotas",
        sa.Column("key", sa.Uuid, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_quotas"),
    )
    op.create_index("ix_quotas_until", "quotas", ["until"])
