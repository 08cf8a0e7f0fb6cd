"""Rows of the read model as the objects they were made of, and the conditions under which somebody
may read them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, false, or_, true

from services.portal.domain.viewer import Viewer
from services.portal.models import TicketRow
from services.portal.projection.repository import SHARES, TICKETS
from shared.contracts.events.ticket_state import Link, Routing, Run, TicketState, Undoable
from shared.contracts.people import (
    Affiliation,
    Assurance,
    Context,
    Reader,
    Requester,
    usual_assurance,
)

STATE_COLUMNS = [
    column for column in TICKETS.c if column.name not in {"is_active", "requester_email_key"}
]
"""The columns that a TicketState is made of."""

_MADE_HERE = {
    "requester",
    "context",
    "children",
    "links",
    "routing",
    "watchers",
    "shared_with",
    "run",
    "undoable",
}
_SAME_NAME = [name for name in TicketState.model_fields if name not in _MADE_HERE]


def ticket_state(row: RowMapping) -> TicketState:
    """Return the ticket in `row`, which has STATE_COLUMNS.

    Its values were checked when they were written.
    """
    facts: dict[str, Any] = {name: row[name] for name in _SAME_NAME}
    return TicketState.model_construct(
        **facts,
        requester=requester_of(
            row["requester_identity"],
            row["requester_name"],
            row["requester_email"],
            row["requester_affiliation"],
            row["requester_assurance"],
        ),
        context=Context.model_construct(**row["context"]),
        children=tuple(row["children"]),
        links=tuple(Link.model_construct(**link) for link in row["links"]),
        routing=Routing.model_construct(**row["routing"]) if row["routing"] else None,
        watchers=tuple(row["watchers"]),
        shared_with=readers_in(row["shared_with"]),
        undoable=Undoable.model_validate(row["undoable"]) if row["undoable"] else None,
        run=Run.model_validate(row["run"]) if row["run"] else None,
    )


def requester_of(
    identity: str | None,
    name: str,
    email: str,
    affiliation: Affiliation,
    assurance: Assurance | None,
) -> Requester:
    """Return who asked, of the columns `requester_...` of a ticket."""
    return Requester.model_construct(
        identity=identity,
        name=name,
        email=email,
        affiliation=affiliation,
        assurance=assurance or usual_assurance(identity),
    )


def readers_in(value: Iterable[Mapping[str, str]]) -> tuple[Reader, ...]:
    """Return whom a ticket is shared with, as its column `shared_with` has it."""
    return tuple(Reader.model_construct(name=one["name"], email=one["email"]) for one in value)


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that `viewer` sees a ticket as an operator (`Viewer.sees`)."""
    if viewer.sees_unplaced:
        # Whoever sees every group sees every ticket.
        return true()
    return TicketRow.queue.in_(sorted(viewer.queues)) if viewer.queues else false()


def asked_for_by(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a ticket is the viewer's own request (`Viewer.asked_for`)."""
    assurance = TicketRow.requester_assurance
    by_address = (
        and_(TicketRow.requester_email_key == viewer.email_key, assurance == "confirmed")
        if viewer.email_key
        else false()
    )
    by_identity = and_(
        TicketRow.requester_identity == viewer.identity,
        or_(assurance.is_(None), assurance != "typed"),
    )
    return and_(
        TicketRow.parent_id.is_(None),
        or_(by_identity, by_address) if viewer.identity else by_address,
    )


def shared_with(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a ticket was shared with the viewer (`Viewer.was_given`); it joins
    the shares.
    """
    mine = and_(
        SHARES.c.email_key == viewer.email_key,
        SHARES.c.ticket_id == TICKETS.c.id,
        SHARES.c.version == TICKETS.c.version,
    )
    is_proven = or_(
        TicketRow.requester_assurance.is_(None), TicketRow.requester_assurance != "typed"
    )
    return and_(TicketRow.parent_id.is_(None), is_proven, mine) if viewer.email_key else false()
