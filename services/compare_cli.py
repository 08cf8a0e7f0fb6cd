"""`./sportello compare`: whether the copies that services keep are what their owners have."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

import typer
from rich.console import Console
from rich.table import Table

from services.acts import log_act
from services.dead_letters_cli import DataFolder
from services.desk_cli import WithServices
from services.intake.queries import numbers_of_requests
from services.portal.queries.compare import fingerprints_of_copies
from services.refusing import refuse
from services.routing.queries import find_desk
from services.tickets.queries import fingerprints_of_tickets, numbers_of_tickets
from shared.database.desk_copy import find_copy
from shared.database.migrate import is_up_to_date
from shared.database.outbox import outbox_state
from shared.desk import Desk
from shared.fingerprints import Compared, Fingerprint
from shared.runtime.composition import Service

out = Console(soft_wrap=True, highlight=False, width=200)
"""Wide, whatever the terminal or pipe is: a hash that is cut off says nothing."""

MOST_NAMED = 20
"""So many requests that differ are named."""
DESK_COPIES = ("intake", "tickets", "notify", "portal")
KINDS: dict[str, Callable[[Compared], Sequence[Fingerprint]]] = {
    "tickets": lambda compared: compared.tickets.by_partition(),
    "articles": lambda compared: compared.articles.by_partition(),
    "history": lambda compared: compared.history.by_partition(),
}


def add_compare(cli: typer.Typer, with_services: WithServices) -> None:
    """Give `cli` the command."""

    @cli.command()
    def compare(data: DataFolder = None) -> None:
        """Compare requests with their tickets, the portal's tickets with those of tickets, and all copies of the desk; exit code 1 where
        they differ."""

        async def work(services: Sequence[Service]) -> None:
            for each in services:
                if not await is_up_to_date(each.database, each.migrations):
                    refuse(f"the database of {each.name} is not up to date; run `sportello migrate`, or give the state folder with --data")
            by_name = {each.name: each for each in services}
            different = [
                *await _different_desks(by_name),
                *await _different_requests(by_name["intake"], by_name["tickets"]),
                *await _different_partitions(by_name["tickets"], by_name["portal"]),
            ]
            log_act("security.compared", different=len(different))
            if different:
                under_way = await _under_way(by_name["tickets"])
                refuse(f"{len(different)} differ: {', '.join(different)}; {under_way}")
            out.print("all is the same")

        with_services(("routing", *DESK_COPIES), data, work)


async def _different_desks(services: Mapping[str, Service]) -> list[str]:
    """Print the version of each copy of the desk; return those that are not the desk in force."""
    in_force = await find_desk(services["routing"].database)
    different: list[str] = []
    told: list[str] = []
    for name in DESK_COPIES:
        async with services[name].database.reading() as connection:
            copy = await find_copy(connection)
        is_same = (copy and (copy[0], _desk(copy[1]))) == (in_force and (in_force.version, in_force.desk))
        told.append(f"{name} {copy[0] if copy else 'none'}{'' if is_same else ' (differs)'}")
        different += [] if is_same else [f"desk of {name}"]
    out.print(f"desk: routing {in_force.version if in_force else 'none'}, {', '.join(told)}")
    return different


async def _different_requests(intake: Service, tickets: Service) -> list[str]:
    """Print how many requests intake and tickets have, and which they do not agree on; return what differs, in words."""
    sent, made = await asyncio.gather(numbers_of_requests(intake.database), numbers_of_tickets(tickets.database))
    out.print(f"requests: {len(sent)} in intake, {len(made)} in tickets")
    differences = {
        "requests without a ticket": sorted(sent.keys() - made.keys()),
        "tickets of requests that intake does not have": sorted(made.keys() - sent.keys()),
        "requests whose number intake does not know": sorted(i for i in sent.keys() & made.keys() if sent[i] != made[i]),
    }
    for what, which in differences.items():
        if which:
            named = ", ".join(f"{i} ({made[i]})" if i in made else str(i) for i in which[:MOST_NAMED])
            out.print(f"{what}: {len(which)}: {named}{' ...' if len(which) > MOST_NAMED else ''}")
    return [f"{len(which)} {what}" for what, which in differences.items() if which]


async def _different_partitions(tickets: Service, portal: Service) -> list[str]:
    """Print counts and hashes of what both have, by partition; return those that differ."""
    sys.stderr.write("reading tickets and the portal\n")
    owner, copy = await asyncio.gather(fingerprints_of_tickets(tickets.database), fingerprints_of_copies(portal.database))
    table = Table("what", "partition", "tickets", "", "portal", "", "", box=None, pad_edge=False)
    different: list[str] = []
    for kind, partition, original, shown in _side_by_side(owner, copy):
        is_same = original == shown
        different += [] if is_same else [f"{kind} of partition {partition}"]
        counts = str(original.count), original.hexadecimal, str(shown.count), shown.hexadecimal
        table.add_row(kind, str(partition), *counts, "" if is_same else "differs")
    out.print(table)
    for kind, prints in KINDS.items():
        out.print(
            f"{kind}: {sum(each.count for each in prints(owner))} in tickets, {sum(each.count for each in prints(copy))} in the portal"
        )
    return different


def _side_by_side(owner: Compared, copy: Compared) -> Iterator[tuple[str, int, Fingerprint, Fingerprint]]:
    for kind, prints in KINDS.items():
        for partition, (original, shown) in enumerate(zip(prints(owner), prints(copy), strict=True)):
            yield kind, partition, original, shown


async def _under_way(tickets: Service) -> str:
    """Say whether what differs may still be on its way."""
    if tickets.database.is_sqlite:
        return "what happened in the last moments may still be on its way"
    async with tickets.database.reading() as connection:
        waiting = (await outbox_state(connection, now=tickets.database.clock.now())).pending
    return f"{waiting} events of tickets are still on their way" if waiting else "no event of tickets waits to be published"


def _desk(body: str) -> Desk:
    return Desk.model_validate_json(body)
