"""What others ask notify on the command line."""

from collections.abc import AsyncIterator, Collection, Sequence
from uuid import UUID

from services.notify.domain.delivery import TO_OPERATORS
from services.notify.repository.owed import places_of
from services.notify.repository.replay import Mail, mails_after
from shared.database.database import Database

MAILS_AT_ONCE = 1000


async def walk_mails(database: Database) -> AsyncIterator[Sequence[Mail]]:
    """Yield the mails to requesters and outside addresses as they stand, a page at a time."""
    after: UUID | None = None
    while True:
        async with database.reading() as connection:
            mails = await mails_after(connection, after, limit=MAILS_AT_ONCE)
        if not mails:
            return
        yield [mail for mail in mails if mail.delivery.kind not in TO_OPERATORS]
        after = mails[-1].delivery.id


async def places_in(database: Database, tickets: Collection[UUID]) -> dict[UUID, str | None]:
    """Return the queue in which each of `tickets` is, as far as notify knows."""
    async with database.reading() as connection:
        return await places_of(connection, tickets)
