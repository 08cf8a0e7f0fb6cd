"""`./sportello replay tickets --to notify --owed`: make the mails that were never made, once."""

import sys
from collections.abc import Sequence

from services.cli.owed import Summary, tell_all_owed, walk_owed
from services.cli.pacing import let_others_pass, refuse_outdated
from services.cli.reporting import log_act, refuse
from services.cli.time_argument import format_moment, moment_since
from shared.core.errors import DeskMissing
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.runtime.composition import Service

MOST_MAILS = 1000
"""The most mails made without `--yes`: a lost ledger owes a week of mails, most of which were
sent.
"""


async def replay_owed(
    services: Sequence[Service], *, since: str, is_dry: bool, is_sure: bool
) -> None:
    """Print the mails that are owed since `since`, and make them unless `is_dry`.

    `is_sure` allows more than MOST_MAILS mails.
    """
    await refuse_outdated(services)
    tickets, notify, routing = (each.database for each in services)
    timezone = await _timezone(notify)
    moment = moment_since(since, now=notify.clock.now(), timezone=timezone)
    found = Summary()
    async for owed in walk_owed(tickets, notify, routing, since=moment):
        found.add(owed)
    sys.stdout.write(_told(found, since=format_moment(moment, timezone=timezone)))
    if is_dry or not found.changes:
        return
    if found.mails > MOST_MAILS and not is_sure:
        refuse(
            f"{found.mails} mails are more than {MOST_MAILS}; look at them with --dry-run, and "
            f"say --yes if they are to be made"
        )
    told, is_taken = 0, not tickets.is_sqlite
    async for owed in walk_owed(tickets, notify, routing, since=moment):
        await tell_all_owed(tickets, owed.unheard)
        told += len(owed.unheard)
        is_taken = is_taken and await let_others_pass(tickets)
    log_act("security.replayed", owner="tickets", to="notify", owed=told)
    sys.stdout.write(
        f"{told} changes for notify: their mails are made at once where the services run, "
        f"otherwise when they start\n"
    )


async def _timezone(notify: Database) -> str:
    async with notify.reading() as connection:
        try:
            return (await current_desk(connection)).desk.timezone
        except DeskMissing:
            refuse(
                "notify has no desk, by which mails are written; expected `sportello replay "
                "routing --to notify` before"
            )


def _told(found: Summary, *, since: str) -> str:
    lines = [
        f"no mail is owed since {since}"
        if not found.changes
        else f"owed since {since}: {found} for {found.changes} changes"
    ]
    lines += [f"  {each}" for each in found.named]
    if found.changes > len(found.named):
        lines.append("  ...")
    lines += [
        f"not known of {each.number} version {each.version}: {each.what}" for each in found.untold
    ]
    return "\n".join(lines) + "\n"
