"""What happened, for the digests that tell it."""

import sqlalchemy as sa
from alembic import op

revision = "notify0006"
down_revision = "notify0005"


def upgrade() -> None:
    op.add_column("notices", sa.Column("happened", sa.Text))
    op.add_column("notices", sa.Column("other", sa.Text))
