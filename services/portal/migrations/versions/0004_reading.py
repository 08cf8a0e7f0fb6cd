"""Lists of one queue in each order, and words in tickets that have ended."""

import sqlalchemy as sa
from alembic import op

revision = "portal0004"
down_revision = "portal0003"


def upgrade() -> None:
    has_owner = sa.text("owner is not null")
    facts = ["state", "owner", "request_type"]
    op.create_index(
        "ix_tickets_created_at_number_queue_state_owner_request_type",
        "tickets",
        ["created_at", "number", "queue", *facts],
    )
    op.create_index(
        "ix_tickets_queue_created_at_number_state_owner_request_type",
        "tickets",
        ["queue", "created_at", "number", *facts],
    )
    op.drop_index("ix_tickets_created_at_number", "tickets")
    op.drop_index("ix_tickets_queue_created_at_number", "tickets")
    op.create_index(
        "ix_tickets_queue_updated_at_number", "tickets", ["queue", "updated_at", "number"]
    )
    op.create_index("ix_tickets_queue_priority_number", "tickets", ["queue", "priority", "number"])
    op.create_index(
        "ix_tickets_owner_created_at_number",
        "tickets",
        ["owner", "created_at", "number"],
        postgresql_where=has_owner,
        sqlite_where=has_owner,
    )
    op.drop_index("ix_tickets_owner", "tickets")
    if op.get_context().dialect.name == "postgresql":
        # Whoever owns a database may add this extension to it, if the server has it. Without it a
        # search for rare words reads all.
        op.execute(
            """
            do $$ begin
                create extension if not exists pg_trgm;
                create index ix_tickets_search_ended on tickets
                    using gin (search gin_trgm_ops) where not is_active;
            exception when insufficient_privilege or undefined_file
                or feature_not_supported or undefined_object then
                raise warning 'no index of words without the extension pg_trgm: %', sqlerrm;
            end $$
            """
        )
