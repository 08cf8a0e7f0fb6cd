"""`./sportello compare`: the comparison of the services' copies with the data of their owners."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.cli.dead_letters import DataFolder
from services.cli.desk import WithServices
from services.cli.pacing import refuse_outdated
from services.cli.pairs import (
    Agreement,
    bounded,
    mails_and_articles,
    notices_and_changes,
    notify_and_portal,
    requests_and_tickets,
    tickets_and_owed_mails,
    tickets_and_places,
    tickets_and_routing,
    tickets_shown_otherwise,
)
from services.cli.reporting import log_act, refuse
from services.cli.time_argument import A_WEEK, format_moment, moment_since
from services.portal.queries.compare import fingerprints_of_copies
from services.routing.queries import find_desk
from services.tickets.queries import fingerprints_of_tickets
from shared.comparison.fingerprints import Compared, Fingerprint
from shared.contracts.desk import Desk
from shared.database.desk_copy import find_copy
from shared.database.outbox import outbox_state
from shared.runtime.composition import Service

out = Console(soft_wrap=True, highlight=False, width=200)
"""Wide for every terminal and pipe, because a hash that is cut off is useless."""

MOST_NAMED = 20
"""The most differences that are named."""
LOOK_AGAIN_SECONDS = 1.0
DESK_COPIES = ("intake", "tickets", "notify", "portal")
Look = Callable[[], Awaitable[Agreement]]
KINDS: dict[str, Callable[[Compared], Sequence[Fingerprint]]] = {
    "tickets": lambda compared: compared.tickets.by_partition(),
    "articles": lambda compared: compared.articles.by_partition(),
    "history": lambda compared: compared.history.by_partition(),
}


def add_compare(cli: typer.Typer, with_services: WithServices) -> None:
    """Add the command `compare` to `cli`."""

    @cli.command()
    def compare(
        since: Annotated[
            str,
            typer.Option(
                metavar="TIME", help="How far back mails may be owed, like 36h or 2026-11-29."
            ),
        ] = A_WEEK,
        patience: Annotated[
            float,
            typer.Option(
                min=0,
                max=3600,
                help=(
                    "Seconds that messages on their way may take; a difference counts only if it "
                    "lasts so long."
                ),
            ),
        ] = 5,
        data: DataFolder = None,
    ) -> None:
        """Compare the data that services must agree on: desk, requests, tickets, queues, mails, the
        portal's copy.

        The exit code is 1 if they differ.
        """

        async def work(services: Sequence[Service]) -> None:
            await refuse_outdated(services)
            by_name = {each.name: each for each in services}
            different = [
                *await _different_desks(by_name),
                *await _differences(await _looks(by_name, since=since), patience=patience),
                *await _different_partitions(
                    by_name["tickets"], by_name["portal"], patience=patience
                ),
            ]
            log_act("security.compared", different=len(different))
            if different:
                under_way = await _under_way(by_name["tickets"])
                refuse(f"{len(different)} differ: {bounded(different)}; {under_way}")
            out.print("all is the same")

        with_services(("routing", *DESK_COPIES), data, work)


async def _looks(services: Mapping[str, Service], *, since: str) -> list[Look]:
    """Return one comparison for each pair.

    `since` without a time zone is in the time zone of the desk.
    """
    databases = {name: service.database for name, service in services.items()}
    in_force = await find_desk(databases["routing"])
    timezone = in_force.desk.timezone if in_force else "UTC"
    moment = moment_since(since, now=databases["tickets"].clock.now(), timezone=timezone)
    told = format_moment(moment, timezone=timezone)
    return [
        partial(requests_and_tickets, databases),
        partial(tickets_and_routing, databases),
        partial(tickets_and_places, databases),
        partial(tickets_and_owed_mails, databases, since=moment, since_in_words=told),
        partial(mails_and_articles, databases),
        partial(notices_and_changes, databases),
        partial(notify_and_portal, databases),
    ]


async def _different_desks(services: Mapping[str, Service]) -> list[str]:
    """Print the version of each copy of the desk; return the copies that differ from the desk in
    force.
    """
    in_force = await find_desk(services["routing"].database)
    different: list[str] = []
    told: list[str] = []
    for name in DESK_COPIES:
        async with services[name].database.reading() as connection:
            copy = await find_copy(connection)
        is_same = (copy and (copy[0], _desk(copy[1]))) == (
            in_force and (in_force.version, in_force.desk)
        )
        told.append(f"{name} {copy[0] if copy else 'none'}{'' if is_same else ' (differs)'}")
        different += [] if is_same else [f"desk of {name}"]
    out.print(f"desk: routing {in_force.version if in_force else 'none'}, {', '.join(told)}")
    return different


async def _differences(looks: Sequence[Look], *, patience: float) -> list[str]:
    """Print the result of each comparison, and return the differences in words.

    Messages on their way are not lost, so only a difference that lasts `patience` seconds counts.
    """
    found = [await look() for look in looks]
    deadline = monotonic() + patience
    while monotonic() < deadline and not all(each.is_whole for each in found):
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        found = [
            each if each.is_whole else each.still(await look())
            for each, look in zip(found, looks, strict=True)
        ]
    different: list[str] = []
    for each in found:
        out.print(each.counts)
        for what, which in each.different.items():
            _name(what, which)
            different += [f"{len(which)} {what}"] if which else []
        for what, which in each.hopeless.items():
            _name(f"{what} (nothing mends that)", which)
    return different


def _name(what: str, which: Mapping[object, str]) -> None:
    if which:
        each_once = sorted(set(which.values()))
        named = ", ".join(each_once[:MOST_NAMED])
        out.print(f"{what}: {len(which)}: {named}{' ...' if len(each_once) > MOST_NAMED else ''}")


async def _different_partitions(tickets: Service, portal: Service, *, patience: float) -> list[str]:
    """Print counts and hashes by partition; return the partitions that differ for `patience`
    seconds.
    """
    sys.stderr.write("reading tickets and the portal\n")
    owner, copy = await _look_at_partitions(tickets, portal)
    different = _differing(owner, copy)
    deadline = monotonic() + patience
    while different and monotonic() < deadline:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        owner, copy = await _look_at_partitions(tickets, portal)
        still = _differing(owner, copy)
        different = [each for each in different if each in still]
    table = Table("what", "partition", "tickets", "", "portal", "", "", box=None, pad_edge=False)
    for kind, partition, original, shown in _side_by_side(owner, copy):
        counts = str(original.count), original.hexadecimal, str(shown.count), shown.hexadecimal
        table.add_row(
            kind,
            str(partition),
            *counts,
            "differs" if _partition(kind, partition) in different else "",
        )
    out.print(table)
    for kind, prints in KINDS.items():
        out.print(
            f"{kind}: {sum(each.count for each in prints(owner))} in tickets, "
            f"{sum(each.count for each in prints(copy))} in the portal"
        )
    if different:
        named = await tickets_shown_otherwise(
            {"tickets": tickets.database, "portal": portal.database}
        )
        for what, which in named.different.items():
            _name(what, which)
    return different


async def _look_at_partitions(tickets: Service, portal: Service) -> tuple[Compared, Compared]:
    owner, copy = await asyncio.gather(
        fingerprints_of_tickets(tickets.database), fingerprints_of_copies(portal.database)
    )
    return owner, copy


def _differing(owner: Compared, copy: Compared) -> list[str]:
    return [
        _partition(kind, partition)
        for kind, partition, original, shown in _side_by_side(owner, copy)
        if original != shown
    ]


def _partition(kind: str, partition: int) -> str:
    return f"{kind} of partition {partition}"


def _side_by_side(
    owner: Compared, copy: Compared
) -> Iterator[tuple[str, int, Fingerprint, Fingerprint]]:
    for kind, prints in KINDS.items():
        for partition, (original, shown) in enumerate(
            zip(prints(owner), prints(copy), strict=True)
        ):
            yield kind, partition, original, shown


async def _under_way(tickets: Service) -> str:
    """Return a sentence that says whether the differences may still be on their way."""
    if tickets.database.is_sqlite:
        return "what happened in the last moments may still be on its way"
    async with tickets.database.reading() as connection:
        waiting = (await outbox_state(connection, now=tickets.database.clock.now())).pending
    return (
        f"{waiting} events of tickets are still on their way"
        if waiting
        else "no event of tickets waits to be published"
    )


def _desk(body: str) -> Desk:
    return Desk.model_validate_json(body)
