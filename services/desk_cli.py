"""`./sportello desk`: check a desk description, try it on sample requests, put it in force."""

import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from services.dead_letters_cli import DataFolder
from services.refusing import refuse
from services.routing.desk_file.load import read_desk
from services.routing.lifecycle import QueuesStillNeeded
from services.routing.usecases import apply_desk
from services.tickets.queries import count_not_ended_by_queue
from shared.cause import Cause
from shared.database.migrate import is_up_to_date, migrate
from shared.desk import Desk
from shared.runtime.composition import Service

WithServices = Callable[[Sequence[str], Path | None, Callable[[Sequence[Service]], Coroutine[Any, Any, None]]], None]
"""Runs a coroutine function with the named services of an installation (its state folder, or the environment's), none of them started."""


def build_desk_cli(with_services: WithServices) -> typer.Typer:
    """Return the subcommands check and apply."""
    cli = typer.Typer(no_args_is_help=True, help="Check, try or apply a desk description.")

    @cli.command("check")
    def check(path: Path) -> None:
        """Validate a desk description."""
        desk = load_description(path)
        sys.stdout.write(f"{path}: all is well ({len(desk.queues)} queues, {len(desk.operators)} operators, {len(desk.forms)} forms)\n")

    @cli.command("apply")
    def apply(path: Path, data: DataFolder = None) -> None:
        """Apply a desk description; running services follow without a restart."""
        desk = load_description(path)

        async def work(services: Sequence[Service]) -> None:
            routing, tickets = services
            await migrate(routing.database, routing.migrations)
            version, is_new = await put_in_force(desk, routing=routing, tickets=tickets)
            sys.stdout.write(f"desk version {version} {'applied' if is_new else 'is in force already'}\n")

        with_services(("routing", "tickets"), data, work)

    return cli


def load_description(path: Path, *, code: int = 1) -> Desk:
    """Return the desk that `path` describes; warnings go to standard error. Ends the command, with `code`, on any mistake."""
    reading = read_desk(path)
    for warning in reading.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    if reading.desk is None:
        refuse("\n".join(map(str, reading.mistakes)), code=code)
    return reading.desk


async def put_in_force(desk: Desk, *, routing: Service, tickets: Service) -> tuple[int, bool]:
    """Apply `desk`; return its version and whether it is new. Ends the command where queues of the desk in force are still needed."""

    async def count_not_ended() -> Mapping[str, int]:
        if not await is_up_to_date(tickets.database, tickets.migrations):
            refuse("the database of tickets is not up to date, so it cannot be told whether queues are empty; run `sportello migrate`")
        return await count_not_ended_by_queue(tickets.database)

    try:
        async with routing.database.transaction() as uow:
            return await apply_desk(uow, desk=desk, now=uow.now, cause=Cause.fresh(), count_not_ended=count_not_ended)
    except QueuesStillNeeded as error:
        refuse(str(error))
