"""The words that searches look at, in a table of their own, with what finds them; those of all
tickets that are there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

from services.portal.domain.search_words import (
    NOT_SEARCHED,
    chosen_labels,
    words_of,
    words_of_facts,
)
from shared.contracts.desk import Desk, Form
from shared.database.base import BigId, Json, Words
from shared.text.words import as_stored

revision = "portal0007"
down_revision = "portal0006"

_AT_ONCE = 500
"""Tickets that are read, held in memory and written together."""
_TICKETS = sa.table(
    "tickets",
    sa.column("id", sa.Uuid),
    sa.column("number", sa.Text),
    sa.column("version", sa.Integer),
    sa.column("queue", sa.Text),
    sa.column("request_type", sa.Text),
    sa.column("subject", sa.Text),
    sa.column("requester_name", sa.Text),
    sa.column("requester_email", sa.Text),
    sa.column("fields", Json),
    sa.column("merged_into_id", sa.Uuid),
)
_ARTICLES = sa.table(
    "articles",
    sa.column("ticket_id", sa.Uuid),
    sa.column("kind", sa.Text),
    sa.column("visible_to_requester", sa.Boolean),
    sa.column("subject", sa.Text),
    sa.column("body", sa.Text),
)


def upgrade() -> None:
    merged = sa.text("merged_into_id is not null")
    words = op.create_table(
        "words",
        sa.Column("place", BigId, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("merged_into_id", sa.Uuid),
        sa.Column("facts", Words, nullable=False),
        sa.Column("public", Words, nullable=False),
        sa.Column("internal", Words, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_words"),
    )
    forms = _forms()
    for batch in _tickets():
        op.bulk_insert(words, _rows(batch, forms))
    op.create_index("ix_words_ticket_id", "words", ["ticket_id"], unique=True)
    op.create_index(
        "ix_words_merged_into_id",
        "words",
        ["merged_into_id"],
        postgresql_where=merged,
        sqlite_where=merged,
    )
    if op.get_context().dialect.name == "postgresql":
        _finish_on_postgresql()
    else:
        _finish_on_sqlite()


def _finish_on_postgresql() -> None:
    # The words of a ticket have a bound, whoever writes to it how often: PostgreSQL takes no longer
    # ones.
    op.execute(
        """
        create function join_words(stored tsvector, added tsvector) returns tsvector
            language sql immutable as
        $$ select case when added = ''::tsvector or pg_column_size(stored || added) > 262144
            then stored else stored || added end $$
        """
    )
    # What was written last is gathered, which is three times cheaper to write; searches read
    # through it, so it stays short.
    gathered = "with (fastupdate = on, gin_pending_list_limit = 512)"
    op.execute(
        f"create index ix_words_all on words using gin ((facts || public || internal)) {gathered}"
    )
    op.execute(
        "create index ix_words_merged on words using gin ((public || internal)) where "
        "merged_into_id is not null"
    )
    op.execute("drop index if exists ix_tickets_search_ended")
    # A portal of the release before may still write this column. It goes in a later release.
    op.execute("alter table tickets alter column search set default ''")


def _finish_on_sqlite() -> None:
    op.execute(
        """
        create virtual table words_index using fts5(
            facts, public, internal,
            content = 'words', content_rowid = 'place', tokenize = 'ascii', detail = none
        )
        """
    )
    op.execute("insert into words_index(words_index) values ('rebuild')")
    columns = ("facts", "public", "internal")
    named = ", ".join(columns)
    old, new = (", ".join(f"{which}.{column}" for column in columns) for which in ("old", "new"))
    add = f"insert into words_index(rowid, {named}) values (new.place, {new});"
    remove = (
        f"insert into words_index(words_index, rowid, {named}) values ('delete', old.place, {old});"
    )
    changed = f"({old}) is not ({new})"
    op.execute(f"create trigger words_added after insert on words begin {add} end")
    op.execute(f"create trigger words_removed after delete on words begin {remove} end")
    op.execute(
        f"create trigger words_changed after update on words when {changed} begin {remove} "
        f"{add} "
        f"end"
    )
    op.drop_column("tickets", "search")


def _tickets() -> Iterator[Sequence[Any]]:
    last: Any = None
    while True:
        query = sa.select(_TICKETS).order_by(_TICKETS.c.id).limit(_AT_ONCE)
        batch = (
            op.get_bind()
            .execute(query.where(_TICKETS.c.id > last) if last is not None else query)
            .all()
        )
        if not batch:
            return
        yield batch
        last = batch[-1].id


def _forms() -> Mapping[str, Form]:
    """Return the forms of the desk in force: they have the words that pages show for choices."""
    body = (
        op.get_bind()
        .execute(sa.select(sa.table("desk_copy", sa.column("body", sa.Text)).c.body))
        .scalar()
    )
    return Desk.model_validate_json(body).forms if body else {}


def _rows(tickets: Sequence[Any], forms: Mapping[str, Form]) -> list[dict[str, Any]]:
    query = sa.select(_ARTICLES).where(
        _ARTICLES.c.ticket_id.in_([ticket.id for ticket in tickets]),
        _ARTICLES.c.kind != NOT_SEARCHED,
    )
    articles = {
        ticket_id: list(rows)
        for ticket_id, rows in groupby(
            op.get_bind().execute(query.order_by(_ARTICLES.c.ticket_id)),
            key=attrgetter("ticket_id"),
        )
    }
    return [_row(ticket, articles.get(ticket.id, []), forms) for ticket in tickets]


def _row(ticket: Any, articles: Sequence[Any], forms: Mapping[str, Form]) -> dict[str, Any]:
    name, email, answers = (
        ticket.requester_name,
        ticket.requester_email,
        [
            *(answer for answer in ticket.fields.values() if answer != ticket.subject),
            *chosen_labels(forms.get(ticket.request_type or ""), ticket.fields),
        ],
    )
    public = words_of([ticket.number, ticket.subject])
    internal: set[str] = set()
    for article in articles:
        words = public if article.visible_to_requester else internal
        words |= words_of([article.subject, article.body])
    return {
        "ticket_id": ticket.id,
        "version": ticket.version,
        "merged_into_id": ticket.merged_into_id,
        "facts": as_stored(
            words_of_facts(queue=ticket.queue, name=name, email=email, answers=answers)
        ),
        "public": as_stored(public),
        "internal": as_stored(internal),
    }
