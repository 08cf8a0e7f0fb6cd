"""The command `./sportello recover`."""

import sys
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.cli.dead_letters import DataFolder
from services.cli.desk import WithServices
from services.cli.environment import read_settings
from services.cli.folders import lock_state_folder, make_state_folder
from services.cli.pacing import refuse_outdated
from services.cli.recovery.lost_tickets import Lost, find_lost, skip_numbers
from services.cli.recovery.orphans import Removed, remove_from_notify, remove_from_portal
from services.cli.recovery.removed_rows import Kept
from services.cli.replay import OWNERS
from services.cli.replay_owed import MOST_MAILS, replay_owed
from services.cli.reporting import log_act, refuse
from services.cli.time_argument import A_WEEK
from services.notify.repository.orphans import count_waiting
from services.routing.queries import find_desk_version
from services.routing.usecases import adopt_desk
from shared.contracts.events.routing import DeskApplied
from shared.database.bus_cursors import forget_cursors
from shared.database.database import Database
from shared.database.desk_copy import DeskInForce, copied_desk
from shared.runtime.composition import Service

NAMES = ("intake", "tickets", "routing", "notify", "portal")
MARGIN = 10_000
"""More ticket numbers than any desk gives between the backup and the disaster."""
MOST_NAMED = 20
REPLAYS = (
    *(("routing", service) for service in ("intake", "tickets", "notify", "portal")),
    ("intake", "tickets"),
    *(("tickets", service) for service in ("intake", "notify", "portal")),
    *(("notify", service) for service in ("tickets", "portal")),
)
"""Who is told again by whom."""


def add_recover(cli: typer.Typer, with_services: WithServices) -> None:
    """Give `cli` the command."""

    @cli.command()
    def recover(
        skip_numbers: Annotated[
            int,
            typer.Option(
                min=0,
                help="So many ticket numbers are left out: more than were given since the backup.",
            ),
        ] = MARGIN,
        since: Annotated[
            str,
            typer.Option(metavar="TIME", help="How far back mails that were never made are made."),
        ] = A_WEEK,
        yes: Annotated[
            bool, typer.Option("--yes", help=f"Make also more than {MOST_MAILS} mails.")
        ] = False,
        keep: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Where to keep what is removed.")
        ] = None,
        data: DataFolder = None,
    ) -> None:
        """Make one installation of databases that were restored from backups of different times.

        Run it before the services start.
        """

        async def work(services: Sequence[Service]) -> None:
            await refuse_outdated(services)
            await _forget_cursors(services)
            databases = {each.name: each.database for each in services}
            kept = Kept(keep or _file_in_state_folder(data, databases["tickets"].clock.now()))
            await _recover(databases, margin=skip_numbers, kept=kept)
            log_act("security.recovered", removed=kept.count)
            for owner, target in REPLAYS:
                _say(
                    f"told again to {target}: {await OWNERS[owner](databases[owner], target)} "
                    f"of "
                    f"{owner}"
                )
            of_mails = [
                each
                for name in ("tickets", "notify", "routing")
                for each in services
                if each.name == name
            ]
            await replay_owed(of_mails, since=since, is_dry=False, is_sure=yes)
            _say(
                "start the services unless they run; when they are quiet, `sportello compare` "
                "says whether all is the same"
            )

        common = read_settings(data)
        # The processes of an installation on servers may run; the one process of an embedded
        # installation keeps its cursors in mind.
        with lock_state_folder(common.data) if common.is_embedded else nullcontext():
            with_services(NAMES, data, work)


async def _forget_cursors(services: Sequence[Service]) -> None:
    for each in services:
        if each.database.is_sqlite:
            async with each.database.transaction() as uow:
                await forget_cursors(uow.connection)


def _file_in_state_folder(data: Path | None, now: datetime) -> Path:
    folder = read_settings(data).data
    make_state_folder(folder)
    return folder / f"recovered-{now:%Y%m%dT%H%M%SZ}.jsonl"


async def _recover(databases: dict[str, Database], *, margin: int, kept: Kept) -> None:
    intake, tickets, routing, notify, portal = (databases[name] for name in NAMES)
    newest = await put_newest_in_force(routing, [intake, tickets, notify, portal])
    if newest is None:
        refuse("no service has a desk; expected one to be applied with `sportello desk apply`")
    in_force, whose = newest
    _say(f"desk: version {in_force.version} is in force, the newest that there is; {whose} had it")
    lost = await find_lost(intake, tickets, notify, portal)
    following = await skip_numbers(tickets, in_force.desk, seen=lost.seen, margin=margin)
    _say(f"numbers: the next ticket of today is {following}")
    async with notify.reading() as connection:
        waiting = await count_waiting(connection)
    removed = Removed()
    await remove_from_notify(notify, tickets, lost, kept=kept, removed=removed)
    await remove_from_portal(portal, tickets, notify, kept=kept, removed=removed)
    _tell(lost, removed, waiting)
    if kept.count:
        _say(f"{kept.count} rows were removed and are kept in {kept.path}")


def _tell(lost: Lost, removed: Removed, waiting: int) -> None:
    """Say what is made again, what is lost, and what nobody can know."""
    gone = {
        ticket_id: more
        for ticket_id, more in removed.tickets.items()
        if more.owners is None and ticket_id not in lost.tickets
    }
    set_back = [more for more in removed.tickets.values() if more.owners is not None]
    _list(
        "requests without a ticket: these tickets are made again",
        [number or "(without a number so far)" for number in lost.tickets.values()],
    )
    _list(
        "numbers that another ticket has by now: the ticket made again gets another one",
        lost.given_twice,
    )
    _list(
        "LOST tickets, which no request of intake can make again",
        [more.number for more in gone.values()],
    )
    _list(
        "LOST changes of tickets",
        [f"{more.number} (after version {more.owners})" for more in set_back],
    )
    _list(
        "LOST with their change, but perhaps sent: mails",
        [f"{number} ({kind}, {state})" for number, kind, state in removed.mails],
    )
    if removed.notices or removed.shown:
        _say(
            f"removed: {removed.notices} notices to operators, and {removed.shown} mails, "
            f"notices "
            f"and preferences shown by the portal alone"
        )
    if waiting:
        _say(
            f"NOT KNOWN whether {waiting} mails that waited in the backup were sent before the "
            f"disaster: they are sent, perhaps again"
        )


def _list(what: str, which: Collection[str]) -> None:
    if which:
        named = ", ".join(sorted(which)[:MOST_NAMED])
        _say(f"{what}: {len(which)}: {named}{' ...' if len(which) > MOST_NAMED else ''}")


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


async def put_newest_in_force(
    routing: Database, others: Sequence[Database]
) -> tuple[DeskInForce, str] | None:
    """Let routing have the newest desk that it or one of `others` has; return that and whose it
    was.

    None where nobody has one.
    """
    copies: list[tuple[DeskApplied, str]] = []
    for database in (routing, *others):
        async with database.reading() as connection:
            copy = await copied_desk(connection)
        if copy is not None:
            copies.append((copy, database.service))
    if not copies:
        return None
    newest, whose = max(copies, key=lambda copy: copy[0].version)
    if (await find_desk_version(routing) or 0) < newest.version:
        async with routing.transaction() as uow:
            await adopt_desk(uow, applied=newest)
    else:
        whose = routing.service
    return DeskInForce(newest.version, newest.desk), whose
