"""How sure it is who asked.

Older rows have none: it follows from whether the requester had signed in.
"""

import sqlalchemy as sa
from alembic import op

revision = "portal0006"
down_revision = "portal0005"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("requester_assurance", sa.Text))
