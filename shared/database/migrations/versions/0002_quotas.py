"""How often something was done: limits that all processes of a service keep together."""

import sqlalchemy as sa
from alembic import op

revision = "shared0002"
down_revision = "shared0001"


def upgrade() -> None:
    # Counting must not wait for the disk.
    unlogged = ["unlogged"] if op.get_context().dialect.name == "postgresql" else []
    op.create_table(
        "quotas",
        sa.Column("key", sa.Uuid, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_quotas"),
        prefixes=unlogged,
    )
    op.create_index("ix_quotas_until", "quotas", ["until"])
