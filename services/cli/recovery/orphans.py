"""What notify and the portal have beyond their owners: it is kept in a file and removed.

Everywhere the copy is read before its owner. The owner's facts only grow, so nothing that happens
meanwhile is taken for too much.
"""

from dataclasses import dataclass, field
from uuid import UUID

from services.cli.recovery.lost_tickets import Lost
from services.cli.recovery.removed_rows import Kept
from services.notify.domain.orphans import is_mail_of, is_notice_of
from services.notify.repository import orphans as ledger
from services.portal.projection import repository as shown
from services.portal.queries import recovery as copies
from services.tickets.queries import pasts_of
from shared.comparison.pasts import Beyond, beyond
from shared.database.database import Database


@dataclass
class Removed:
    """The rows that were removed: by ticket id, those of the portal that the owner of the ticket
    does not have, and the number of other rows.

    `mails` are the mails about lost tickets: the ticket number, the kind and the state of the mail.
    """

    tickets: dict[UUID, Beyond] = field(default_factory=dict)
    mails: list[tuple[str, str, str]] = field(default_factory=list)
    notices: int = 0
    shown: int = 0
    """Mails, notices and preferences that the portal had and notify does not have."""


async def remove_from_notify(
    notify: Database, tickets: Database, lost: Lost, *, kept: Kept, removed: Removed
) -> None:
    """Remove mails and notices of changes that tickets does not have.

    The receipt of a ticket that will be made again stays, so that it is not sent twice; unless that
    ticket gets another number.
    """
    await _remove_mails(notify, tickets, lost, kept, removed)
    await _remove_notices(notify, tickets, kept, removed)
    async for places in ledger.walk_places(notify):
        pasts = await pasts_of(tickets, places)
        wrong = [
            ticket_id
            for ticket_id, version in places.items()
            if ticket_id not in pasts or pasts[ticket_id].version < version
        ]
        async with notify.transaction() as uow:
            await ledger.remove_places(uow.connection, wrong)


async def remove_from_portal(
    portal: Database, tickets: Database, notify: Database, *, kept: Kept, removed: Removed
) -> None:
    """Remove what tickets and notify do not have.

    Where anything of a ticket goes, its row goes, too: a replay brings it back.
    """
    async for page in copies.walk_pasts(portal):
        owners = await pasts_of(tickets, page)
        found = {
            ticket_id: more
            for ticket_id, past in page.items()
            if (more := beyond(past, owners.get(ticket_id)))
        }
        if found:
            await _remove_tickets(portal, found, kept)
            removed.tickets |= found
    await _remove_shown_mails(portal, notify, kept, removed)
    await _remove_shown_notices(portal, notify, kept, removed)
    await _remove_shown_preferences(portal, notify, kept, removed)


async def _remove_mails(
    notify: Database, tickets: Database, lost: Lost, kept: Kept, removed: Removed
) -> None:
    async for mails in ledger.walk_mails(notify):
        pasts = await pasts_of(tickets, {mail.ticket_id for mail in mails})
        ids = []
        for mail in mails:
            will_be_true = (
                mail.kind == "receipt"
                and mail.ticket_id in lost.tickets
                and mail.number not in lost.given_twice
            )
            past = pasts.get(mail.ticket_id)
            if not will_be_true and not is_mail_of(
                past, kind=mail.kind, version=mail.version, article_id=mail.article_id
            ):
                ids.append(mail.id)
        if ids:
            async with notify.transaction() as uow:
                rows = await ledger.remove_mails(uow.connection, ids)
                await ledger.unsay(uow.connection, ids)
                kept.keep("notify", "mail", rows)
            removed.mails += [(row["ticket_number"], row["kind"], row["state"]) for row in rows]


async def _remove_notices(
    notify: Database, tickets: Database, kept: Kept, removed: Removed
) -> None:
    async for notices in ledger.walk_notices(notify):
        pasts = await pasts_of(tickets, {notice.ticket_id for notice in notices})
        ids = [
            notice.id
            for notice in notices
            if not is_notice_of(
                pasts.get(notice.ticket_id), version=notice.version, actor=notice.actor
            )
        ]
        if ids:
            async with notify.transaction() as uow:
                rows = await ledger.remove_notices(uow.connection, ids)
                await ledger.unsay(uow.connection, ids)
                kept.keep("notify", "notice", rows)
            removed.notices += len(ids)


async def _remove_tickets(portal: Database, found: dict[UUID, Beyond], kept: Kept) -> None:
    async with portal.transaction() as uow:
        kept.keep("portal", "ticket", await shown.remove_tickets(uow.connection, found))
        articles = [article for more in found.values() for article in more.articles]
        kept.keep("portal", "article", await shown.remove_articles(uow.connection, articles))
        for ticket_id, more in found.items():
            kept.keep(
                "portal",
                "change",
                await shown.remove_changes(uow.connection, ticket_id, more.versions),
            )


async def _remove_shown_mails(
    portal: Database, notify: Database, kept: Kept, removed: Removed
) -> None:
    async for page in copies.walk_mail_versions(portal):
        async with notify.reading() as connection:
            known = await ledger.mail_versions(connection, page)
        ahead = [mail for mail, version in page.items() if version > known.get(mail, 0)]
        if ahead:
            async with portal.transaction() as uow:
                kept.keep("portal", "mail", await shown.remove_mails(uow.connection, ahead))
            removed.shown += len(ahead)


async def _remove_shown_notices(
    portal: Database, notify: Database, kept: Kept, removed: Removed
) -> None:
    async for page in copies.walk_notice_versions(portal):
        async with notify.reading() as connection:
            known = await ledger.notice_versions(connection, page)
        highest = {notice: known.get(notice, 0) for notice in page}
        ahead = [
            notice
            for notice, version in page.items()
            if (most := highest[notice]) is not None and version > most
        ]
        if ahead:
            async with portal.transaction() as uow:
                kept.keep("portal", "notice", await shown.remove_notices(uow.connection, ahead))
            removed.shown += len(ahead)


async def _remove_shown_preferences(
    portal: Database, notify: Database, kept: Kept, removed: Removed
) -> None:
    chosen = await copies.preference_versions(portal)
    async with notify.reading() as connection:
        known = await ledger.preference_versions(connection)
    ahead = [operator for operator, version in chosen.items() if version > known.get(operator, 0)]
    if ahead:
        async with portal.transaction() as uow:
            kept.keep(
                "portal", "preferences", await shown.remove_preferences(uow.connection, ahead)
            )
        removed.shown += len(ahead)
