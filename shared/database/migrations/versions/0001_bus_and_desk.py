"""The bus's tables and the desk copy."""

import sqlalchemy as sa
from alembic import op

from shared.database.base import BigId, Json, UtcDateTime

revision = "shared0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("partition", sa.SmallInteger, nullable=False),
        sa.Column("aggregate_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Uuid, nullable=False),
        sa.Column("causation_id", sa.Uuid),
        sa.Column("traceparent", sa.Text),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("parked_at", UtcDateTime),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_partition_seq",
        "outbox",
        ["partition", "seq"],
        postgresql_where=sa.text("parked_at is null"),
    )
    if op.get_context().dialect.name == "postgresql":
        # Every row of the outbox is inserted and deleted within moments: without this its dead rows
        # slow the relay down.
        op.execute(
            "alter table outbox set (autovacuum_vacuum_scale_factor = 0, "
            "autovacuum_vacuum_threshold = 5000, "
            "autovacuum_vacuum_cost_delay = 1, autovacuum_vacuum_insert_threshold = -1, "
            "autovacuum_analyze_scale_factor = 0, "
            "autovacuum_analyze_threshold = 20000)"
        )
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("done_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_done_at", "inbox", ["done_at"])
    op.create_table(
        "failed_messages",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("producer", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("correlation_id", sa.Uuid, nullable=False),
        sa.Column("causation_id", sa.Uuid),
        sa.Column("traceparent", sa.Text),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("is_replay", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("unfinished", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("claimed_by", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("first_failed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_failed_messages"),
    )
    op.create_index(
        "ix_failed_messages_state_next_attempt_at",
        "failed_messages",
        ["state", "next_attempt_at"],
    )
    op.create_table(
        "discarded_messages",
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("discarded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_discarded_messages"),
    )
    op.create_table(
        "bus_cursors",
        sa.Column("producer", sa.Text, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("clean", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("producer", name="pk_bus_cursors"),
    )
    op.create_table(
        "command_answers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("body_hash", sa.Text, nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_command_answers"),
    )
    op.create_index("ix_command_answers_answered_at", "command_answers", ["answered_at"])
    op.create_table(
        "desk_copy",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("applied_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_copy"),
    )
