"""What others ask notify on the command line."""

from collections.abc import AsyncIterator, Collection, Sequence
from uuid import UUID

from services.notify.domain.delivery import LEFT_OUT, TO_OPERATORS
from services.notify.domain.notices import Notice
from services.notify.repository.owed import places_of
from services.notify.repository.replay import Mail, mails_after, notices_after, preferences_after
from shared.database.database import Database

MAILS_AT_ONCE = 1000
MOST_OPERATORS = 1_000_000


async def walk_mails(database: Database) -> AsyncIterator[Sequence[Mail]]:
    """Yield the mails to requesters and outside addresses as they stand, but for those left out, a
    page at a time.
    """
    after: UUID | None = None
    while True:
        async with database.reading() as connection:
            mails = await mails_after(connection, after, limit=MAILS_AT_ONCE)
        if not mails:
            return
        yield [
            mail
            for mail in mails
            if mail.delivery.kind not in TO_OPERATORS and mail.reason != LEFT_OUT
        ]
        after = mails[-1].delivery.id


async def places_in(database: Database, tickets: Collection[UUID]) -> dict[UUID, str | None]:
    """Return the queue in which each of `tickets` is, as far as notify knows."""
    async with database.reading() as connection:
        return await places_of(connection, tickets)


async def walk_notices(database: Database) -> AsyncIterator[Sequence[tuple[Notice, Mail | None]]]:
    """Yield the notices to operators, each with the mail that tells it if there is one, a page at a
    time.
    """
    after: UUID | None = None
    while True:
        async with database.reading() as connection:
            notices = await notices_after(connection, after, limit=MAILS_AT_ONCE)
        if not notices:
            return
        yield notices
        after = notices[-1][0].id


async def versions_chosen(database: Database) -> dict[str, int]:
    """Return the version of what each operator chose."""
    async with database.reading() as connection:
        return {
            each.operator: each.version
            for each in await preferences_after(connection, None, limit=MOST_OPERATORS)
        }
