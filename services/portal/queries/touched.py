"""What must be known of changed tickets to tell who may hear of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.repository import TICKETS
from shared.database.bulk import is_one_of, packed
from shared.database.direct import Prepared
from shared.events.people import Requester

_COLUMNS = [
    TICKETS.c[name]
    for name in (
        "number",
        "queue",
        "owner",
        "parent_id",
        "requester_identity",
        "requester_name",
        "requester_email",
        "requester_affiliation",
        "requester_email_key",
    )
]
_TOUCHED = Prepared(select(*_COLUMNS).where(is_one_of(TICKETS.c.number, "numbers")))


@dataclass(frozen=True, slots=True)
class TouchedTicket:
    """A ticket that changed, as far as rights depend on it."""

    number: str
    queue: str | None
    owner: str | None
    parent_id: UUID | None
    requester: Requester
    requester_email_key: str


async def touched_tickets(connection: AsyncConnection, numbers: Iterable[str]) -> dict[str, TouchedTicket]:
    """Return those of `numbers` that are known, by number, as they are now."""
    rows = await _TOUCHED.rows(connection, numbers=packed(numbers))
    return {
        row.number: TouchedTicket(
            number=row.number,
            queue=row.queue,
            owner=row.owner,
            parent_id=row.parent_id,
            requester=Requester.model_construct(
                identity=row.requester_identity, name=row.requester_name, email=row.requester_email, affiliation=row.requester_affiliation
            ),
            requester_email_key=row.requester_email_key,
        )
        for row in rows
    }
