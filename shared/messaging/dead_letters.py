"""The dead letters of one service: messages that it could not handle, or could not publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import failed_messages as failures
from shared.database import outbox
from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a person must decide about.

    `is_outgoing`: no queue took it. Otherwise `service` could not handle it.
    """

    id: UUID
    service: str
    type: str
    is_outgoing: bool
    attempts: int
    error: str
    since: datetime
    body: str


async def list_dead_letters(database: Database) -> list[DeadLetter]:
    """Return the dead letters of the service of `database`, oldest first."""
    async with database.reading() as connection:
        kept = await failures.list_dead(connection)
        parked = await outbox.list_parked(connection)
    letters = [
        DeadLetter(
            m.envelope.id,
            database.service,
            m.envelope.type,
            False,
            m.attempts,
            m.error or "",
            m.first_failed_at,
            m.envelope.event.decode(errors="replace"),
        )
        for m in kept
    ]
    letters += [
        DeadLetter(o.id, database.service, o.type, True, 0, error, at, o.event.decode())
        for o, error, at in parked
    ]
    return sorted(letters, key=lambda letter: letter.since)


async def retry_dead_letters(database: Database, ids: Sequence[UUID]) -> set[UUID]:
    """Retry the dead letters `ids` from the beginning; return those that this service has.

    A process that is running takes them up by itself.
    """
    async with database.transaction() as uow:
        found = await failures.revive(uow.connection, ids, now=uow.now)
        return found | await outbox.unpark(uow.connection, ids)


async def discard_dead_letter(database: Database, letter_id: UUID, *, why: str) -> bool:
    """Discard one dead letter, keeping the fact and `why`; return whether this service had it."""
    async with database.transaction() as uow:
        if await failures.discard(uow.connection, letter_id, why=why, now=uow.now):
            return True
        return await outbox.discard_parked(uow.connection, letter_id, why=why, now=uow.now)
