"""Who filed a request in the requester's place."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import Json

revision = "intake0002"
down_revision = "intake0001"


def upgrade() -> None:
    op.add_column("submissions", sa.Column("filed_by", Json))
