"""`./sportello replay`: an owner publishes again the facts of which one service keeps a copy."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

import typer

from services.cli.dead_letters import DataFolder
from services.cli.desk import WithServices
from services.cli.pacing import let_others_pass, refuse_outdated
from services.cli.replay_owed import MOST_MAILS, replay_owed
from services.cli.reporting import log_act, refuse
from services.cli.time_argument import A_WEEK
from services.intake.repository import count_submissions
from services.intake.usecases.requests import replay_requests
from services.notify.repository.replay import count_rows
from services.notify.usecases.replay import replay_mails, replay_notices, replay_preferences
from services.routing.usecases import replay_desk
from services.tickets.repository.replay import count_tickets
from services.tickets.usecases.replaying import Appended, replay_tickets
from shared.core.errors import DeskMissing
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.runtime.composition import Service

AT_ONCE = 100
"""Aggregates published in one transaction."""
TOLD_EVERY = 1000

COPIES: dict[str, tuple[str, ...]] = {
    "intake": ("tickets",),
    "routing": ("intake", "tickets", "notify", "portal"),
    "tickets": ("intake", "notify", "portal"),
    "notify": ("tickets", "portal"),
}
"""The services that keep a copy of each owner's facts.

Tickets needs only the mails of notify: those that become articles, and those that failed.
"""

APPENDED: dict[str, Appended] = {"portal": "everything", "intake": "requests"}
"""The part of articles and history that a service gets; intake makes lost requests again from
it.
"""

Page = Callable[[UnitOfWork, UUID | None], Awaitable[Sequence[UUID]]]
"""A function that publishes the aggregates after an id and returns their ids, none at the end."""


def add_replay(cli: typer.Typer, with_services: WithServices) -> None:
    """Add the command `replay` to `cli`."""

    @cli.command()
    def replay(
        owner: Annotated[
            str, typer.Argument(help="The owner of the facts: intake, tickets, notify or routing.")
        ],
        to: Annotated[
            str, typer.Option("--to", metavar="SERVICE", help="The service whose copy is filled.")
        ],
        owed: Annotated[
            bool,
            typer.Option(
                "--owed",
                help=(
                    "Make the mails that tickets owe and that notify never made (tickets --to "
                    "notify)."
                ),
            ),
        ] = False,
        since: Annotated[
            str,
            typer.Option(
                metavar="TIME", help="With --owed: how far back, like 36h, 7d or 2026-11-29T14:30."
            ),
        ] = A_WEEK,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="With --owed: only say how many mails, and which.")
        ] = False,
        yes: Annotated[
            bool, typer.Option("--yes", help=f"With --owed: also more than {MOST_MAILS} mails.")
        ] = False,
        data: DataFolder = None,
    ) -> None:
        """Fill a service's copy of another service's data.

        Newer data stays, people are not notified, and mails are not sent twice.
        """
        if owed:
            if (owner, to) != ("tickets", "notify"):
                refuse("--owed is about mails: expected replay tickets --to notify --owed")
            with_services(
                ("tickets", "notify", "routing"),
                data,
                partial(replay_owed, since=since, is_dry=dry_run, is_sure=yes),
            )
            return
        if to not in COPIES.get(owner, ()):
            known = "; ".join(
                f"{name} --to {' or '.join(targets)}" for name, targets in COPIES.items()
            )
            refuse(f"{to} keeps no copy of what {owner} owns; expected one of: {known}")

        async def work(services: Sequence[Service]) -> None:
            database = services[0].database
            await refuse_outdated(services)
            told = await OWNERS[owner](database, to)
            log_act("security.replayed", owner=owner, to=to)
            sys.stdout.write(
                f"{told} for {to}: told at once where the services run, otherwise when they start\n"
            )

        with_services((owner,), data, work)


async def _replay_intake(database: Database, target: str) -> str:
    async with database.reading() as connection:
        total = await count_submissions(connection)

    def page(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
        return replay_requests(uow, after=after, limit=AT_ONCE, target=target)

    return f"{await _replay_all(database, (page,), of=f'{total} requests')} requests"


async def _replay_routing(database: Database, target: str) -> str:
    async with database.transaction() as uow:
        version = await replay_desk(uow, target=target)
    if version is None:
        refuse("no desk is in force here; expected one to be applied with `sportello desk apply`")
    return f"desk version {version}"


async def _replay_tickets(database: Database, target: str) -> str:
    async with database.reading() as connection:
        total = await count_tickets(connection)

    def page(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
        return replay_tickets(
            uow,
            after=after,
            limit=AT_ONCE,
            target=target,
            with_appended=APPENDED.get(target, "nothing"),
        )

    return f"{await _replay_all(database, (page,), of=f'{total} tickets')} tickets"


async def _replay_notify(database: Database, target: str) -> str:
    async with database.reading() as connection:
        total = await count_rows(connection)
        try:
            desk = (await current_desk(connection)).desk
        except DeskMissing:
            desk = None

    def mails(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
        return replay_mails(uow, after=after, limit=AT_ONCE, target=target)

    def notices(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
        return replay_notices(uow, after=after, limit=AT_ONCE, target=target, desk=desk)

    def preferences(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
        return replay_preferences(uow, after=after, limit=AT_ONCE, target=target)

    if target == "tickets":
        return f"{await _replay_all(database, (mails,), of=f'at most {total} mails')} mails"
    told = await _replay_all(
        database, (mails, notices, preferences), of=f"{total} mails, notices and preferences"
    )
    return f"{told} mails, notices and preferences"


OWNERS: dict[str, Callable[[Database, str], Awaitable[str]]] = {
    "intake": _replay_intake,
    "routing": _replay_routing,
    "tickets": _replay_tickets,
    "notify": _replay_notify,
}
"""The replay of each owner, which returns a description of what it published."""


async def _replay_all(database: Database, pages: Sequence[Page], *, of: str) -> int:
    """Publish all `pages` in order; return the number of aggregates.

    Progress goes to standard error.
    """
    done = 0
    for page in pages:
        async for count in _paged(database, page):
            done += count
            if done % TOLD_EVERY < count:
                sys.stderr.write(f"{done} of {of}\n")
    return done


async def _paged(database: Database, page: Page) -> AsyncIterator[int]:
    after: UUID | None = None
    # The embedded bus deletes consumed events only from time to time, so its outbox shows no
    # progress.
    is_taken = not database.is_sqlite
    while True:
        async with database.transaction() as uow:
            told = await page(uow, after)
        if not told:
            return
        yield len(told)
        after = told[-1]
        is_taken = is_taken and await let_others_pass(database)
