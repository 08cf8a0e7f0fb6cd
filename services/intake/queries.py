"""What intake is asked: the forms in force, and where a request stands."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.forms import FormDefinition
from services.intake.models import SubmissionRow
from shared.contracts.desk import Desk
from shared.contracts.events.intake import Answer
from shared.contracts.people import Requester
from shared.database.base import table_of
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.database.keyset import walk

log = structlog.get_logger()

_SUBMISSIONS = table_of(SubmissionRow)


@dataclass(frozen=True, slots=True)
class Forms:
    """The desk in force, with its forms ready for use."""

    version: int
    desk: Desk
    by_slug: Mapping[str, FormDefinition]


class FormsInForce:
    """The forms, read again at most once a second: a new desk is noticed within that time, and a
    busy hour does not ask per request.
    """

    READ_AGAIN_SECONDS = 1.0

    def __init__(self, database: Database, *, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: Forms | None = None
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    @property
    def last(self) -> Forms | None:
        """The forms as they were read last, if they ever were: for pages that cannot wait."""
        return self._known

    async def get(self) -> Forms:
        """Return the forms in force. Raises DeskMissing while there is no desk."""
        if self._known is not None and self._clock() - self._read_at < self.READ_AGAIN_SECONDS:
            return self._known
        async with self._reading:
            if self._known is None or self._clock() - self._read_at >= self.READ_AGAIN_SECONDS:
                self._known = await self._read()
                self._read_at = self._clock()
            return self._known

    def forget(self) -> None:
        """Read again at the next question: the desk has just changed."""
        self._read_at = float("-inf")

    async def _read(self) -> Forms:
        async with self._database.reading() as connection:
            in_force = await current_desk(connection)
        if self._known is not None and self._known.version == in_force.version:
            return self._known
        by_slug = {slug: FormDefinition(slug, form) for slug, form in in_force.desk.forms.items()}
        for slug, definition in by_slug.items():
            if definition.unchecked_fields:
                log.warning(
                    "intake.pattern.unsupported",
                    form=slug,
                    fields=definition.unchecked_fields,
                    desk=in_force.version,
                )
        return Forms(in_force.version, in_force.desk, by_slug)


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """Where a request stands; `ticket_number` is None until it is a ticket.

    `filed_by` is the operator who sent it for somebody.
    """

    request_id: UUID
    ticket_number: str | None
    filed_by: str | None


@dataclass(frozen=True, slots=True)
class SentRequest:
    """The sent `answers` of the form `form`, with subject and description among them."""

    form: str
    requester: Requester
    answers: Mapping[str, Answer]


async def find_status(connection: AsyncConnection, request_id: UUID) -> RequestStatus | None:
    """Return where a request stands, or None if there is no such request."""
    statement = select(
        _SUBMISSIONS.c.id, _SUBMISSIONS.c.ticket_number, _SUBMISSIONS.c.filed_by
    ).where(_SUBMISSIONS.c.id == request_id)
    row = (await connection.execute(statement)).one_or_none()
    return (
        RequestStatus(row.id, row.ticket_number, filed_by=(row.filed_by or {}).get("identity"))
        if row
        else None
    )


async def find_sent(connection: AsyncConnection, request_id: UUID) -> SentRequest | None:
    """Return what a request said, or None if there is no such request."""
    row = (
        await connection.execute(select(_SUBMISSIONS).where(_SUBMISSIONS.c.id == request_id))
    ).one_or_none()
    if row is None:
        return None
    answers = {"subject": row.subject, "description": row.body, **row.fields}
    return SentRequest(row.form, Requester.model_validate(row.requester), answers)


async def numbers_of_requests(database: Database) -> dict[UUID, str | None]:
    """Return the ticket number of every request, None where intake knows none."""
    found: dict[UUID, str | None] = {}
    async for rows in walk(database, _SUBMISSIONS):
        found.update((row.id, row.ticket_number) for row in rows)
    return found
