"""`./sportello dead-letters`: list, show, retry and discard the failed messages of all services."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from services.cli.reporting import log_act, refuse
from shared.database.database import Database
from shared.messaging.dead_letters import (
    DeadLetter,
    discard_dead_letter,
    list_dead_letters,
    retry_dead_letters,
)

out = Console(soft_wrap=True, highlight=False, width=400)
"""Wide for every terminal and pipe, because an id that is cut off cannot be given to another
command.
"""

WithDatabases = Callable[
    [Path | None, Callable[[Sequence[Database]], Coroutine[Any, Any, None]]], None
]
"""A function that runs a coroutine function with the databases of all services.

The first argument is the state folder; without it, the environment names the installation.
"""

DataFolder = Annotated[
    Path | None, typer.Option("--data", help="State folder, instead of SPORTELLO_DATA.")
]
LetterId = Annotated[UUID, typer.Argument(metavar="ID")]


def build_dead_letters_cli(with_databases: WithDatabases) -> typer.Typer:
    """Return the subcommands list, show, retry and discard."""
    cli = typer.Typer(no_args_is_help=True, help="Messages that could not be handled or published.")

    def found(data: Path | None) -> list[DeadLetter]:
        letters: list[DeadLetter] = []

        async def work(databases: Sequence[Database]) -> None:
            for database in databases:
                letters.extend(await list_dead_letters(database))

        with_databases(data, work)
        return letters

    @cli.command("list")
    def list_all(data: DataFolder = None) -> None:
        """List all dead letters."""
        table = Table("id", "service", "event", "tries", "since", "error", box=None, pad_edge=False)
        for letter in found(data):
            since = letter.since.strftime("%Y-%m-%d %H:%M:%S")
            table.add_row(
                str(letter.id),
                letter.service,
                letter.type,
                str(letter.attempts),
                since,
                letter.error[:100],
            )
        out.print(table if table.row_count else "no dead letters")

    @cli.command("show")
    def show(letter_id: LetterId, data: DataFolder = None) -> None:
        """Show one dead letter with its whole text."""
        letter = next((each for each in found(data) if each.id == letter_id), None)
        if letter is None:
            refuse(f"there is no dead letter {letter_id}")
        what = (
            "could not be published"
            if letter.is_outgoing
            else f"could not be handled by {letter.service}"
        )
        log_act("security.dead_letter.shown", letter=str(letter_id))
        out.print(
            (
                f"{letter.type} {letter.id}\n{what}, {letter.attempts} tries, since "
                f"{letter.since.isoformat()}"
            ),
            markup=False,
        )
        out.print(f"{letter.error}\n{letter.body}", markup=False)

    @cli.command("retry")
    def retry(
        letter_ids: Annotated[list[UUID], typer.Argument(metavar="ID...")], data: DataFolder = None
    ) -> None:
        """Retry dead letters; running services handle them at once."""

        async def work(databases: Sequence[Database]) -> None:
            taken = {
                i for database in databases for i in await retry_dead_letters(database, letter_ids)
            }
            if taken:
                log_act("security.dead_letters.retried", letters=sorted(map(str, taken)))
            out.print(f"{len(taken)} will be tried again")
            if missing := sorted(str(i) for i in set(letter_ids) - taken):
                refuse(f"there is no dead letter {', '.join(missing)}")

        with_databases(data, work)

    @cli.command("discard")
    def discard(
        letter_id: LetterId,
        why: Annotated[str, typer.Option(help="The reason, which is stored.")],
        data: DataFolder = None,
    ) -> None:
        """Discard one dead letter."""
        if not why.strip():
            refuse("--why is empty; expected the reason")

        async def work(databases: Sequence[Database]) -> None:
            if not any(
                [await discard_dead_letter(database, letter_id, why=why) for database in databases]
            ):
                refuse(f"there is no dead letter {letter_id}")
            log_act("security.dead_letter.discarded", letter=str(letter_id))
            out.print(f"{letter_id} discarded")

        with_databases(data, work)

    return cli
