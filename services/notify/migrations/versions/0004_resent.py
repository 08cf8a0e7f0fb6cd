"""Failed mails that an operator has sent again."""

import sqlalchemy as sa
from alembic import op

revision = "notify0004"
down_revision = "notify0003"


def upgrade() -> None:
    op.add_column(
        "deliveries",
        sa.Column("resent_version", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
