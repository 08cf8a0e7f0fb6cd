"""Notices of one queue that share a mail."""

import sqlalchemy as sa
from alembic import op

revision = "notify0005"
down_revision = "notify0004"


def upgrade() -> None:
    op.add_column("notices", sa.Column("mail_subject", sa.Text))
    op.add_column("notices", sa.Column("reason", sa.Text))
    waiting = sa.text("rhythm = 'each' and delivery_id is null")
    op.create_index(
        "ix_notices_gathering",
        "notices",
        ["operator", "queue"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
