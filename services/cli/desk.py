"""`./sportello desk`: check a desk description, try it on sample requests, apply it."""

import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.dead_letters import DataFolder
from services.cli.reporting import log_act, refuse
from services.routing.desk_file.load import read_desk
from services.routing.desk_file.mistakes import DeskMistakes
from services.routing.desk_file.samples import load_samples
from services.routing.desk_file.trial import Difference, try_samples
from services.routing.queries import find_desk
from services.routing.queue_retirement import QueuesStillNeeded
from services.routing.rules import Decision
from services.routing.usecases import apply_desk
from services.tickets.queries import count_lapsed, count_not_ended_by_queue
from shared.contracts.desk import Desk
from shared.core.cause import Cause
from shared.database.migrate import is_up_to_date, migrate
from shared.runtime.composition import Service

WithServices = Callable[
    [Sequence[str], Path | None, Callable[[Sequence[Service]], Coroutine[Any, Any, None]]], None
]
"""A function that runs a coroutine function with the named services, none of them started.

The second argument is the state folder; without it, the environment names the installation.
"""

NONSENSE = 2
"""The exit code of `desk try` for input that cannot be tried."""

MARKS: dict[Difference, str] = {
    "queue": "differs: another queue",
    "rule": "differs: the same queue by another rule",
}


def build_desk_cli(with_services: WithServices) -> typer.Typer:
    """Return the subcommands check, try and apply."""
    cli = typer.Typer(no_args_is_help=True, help="Check, try or apply a desk description.")

    @cli.command("check")
    def check(path: Path) -> None:
        """Check a desk description."""
        desk = load_description(path)
        sys.stdout.write(
            f"{path}: all is well ({len(desk.queues)} queues, {len(desk.operators)} operators, "
            f"{len(desk.forms)} forms)\n"
        )

    @cli.command("try")
    def dry_run(
        file: Annotated[
            Path,
            typer.Argument(
                help=(
                    "Sample requests: a list in YAML or JSON (deploy/examples/requests.yaml is "
                    "one)."
                )
            ),
        ],
        desk: Annotated[
            Path | None,
            typer.Option(help="Another desk description, to compare with the one in force."),
        ] = None,
        data: DataFolder = None,
    ) -> None:
        """Show the queue of each sample request in a file, and what another desk would change."""
        changed = load_description(desk, code=NONSENSE) if desk is not None else None

        async def work(services: Sequence[Service]) -> None:
            routing = services[0]
            is_there = await is_up_to_date(routing.database, routing.migrations)
            in_force = await find_desk(routing.database) if is_there else None
            if in_force is None and changed is None:
                refuse(
                    (
                        "no desk is in force here; expected one to be applied, or to be given with "
                        "--desk"
                    ),
                    code=NONSENSE,
                )
            now = (
                f"desk version {in_force.version}"
                if in_force is not None
                else "no desk is in force"
            )
            desks = {"now:  ": in_force.desk if in_force is not None else None, "then: ": changed}
            title = f"now:  {now}\n" + (f"then: {desk}\n" if changed is not None else "")
            told = _told(
                {label: each for label, each in desks.items() if each is not None},
                file,
                now=routing.database.clock.now(),
            )
            sys.stdout.write(title + told)

        with_services(("routing",), data, work)

    @cli.command("apply")
    def apply(path: Path, data: DataFolder = None) -> None:
        """Apply a desk description; running services follow without a restart."""
        desk = load_description(path)

        async def work(services: Sequence[Service]) -> None:
            routing, tickets = services
            await migrate(routing.database, routing.migrations)
            version, is_new = await put_in_force(desk, routing=routing, tickets=tickets)
            sys.stdout.write(
                f"desk version {version} {'applied' if is_new else 'is in force already'}\n"
            )
            if is_new and await is_up_to_date(tickets.database, tickets.migrations):
                sys.stdout.write(_releases(*await count_lapsed(tickets.database, desk)))

        with_services(("routing", "tickets"), data, work)

    return cli


def load_description(path: Path, *, code: int = 1) -> Desk:
    """Return the desk that `path` describes; warnings go to standard error.

    Ends the command, with `code`, on any mistake.
    """
    reading = read_desk(path)
    for warning in reading.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    if reading.desk is None:
        refuse("\n".join(map(str, reading.mistakes)), code=code)
    return reading.desk


async def put_in_force(desk: Desk, *, routing: Service, tickets: Service) -> tuple[int, bool]:
    """Apply `desk`; return its version and whether it is new.

    Ends the command if a removed queue is still needed.
    """

    async def count_not_ended() -> Mapping[str, int]:
        if not await is_up_to_date(tickets.database, tickets.migrations):
            refuse(
                "the database of tickets is not up to date, so it cannot be told whether "
                "queues "
                "are empty; run `sportello migrate`"
            )
        return await count_not_ended_by_queue(tickets.database)

    try:
        async with routing.database.transaction() as uow:
            version, is_new = await apply_desk(
                uow, desk=desk, now=uow.now, cause=Cause.fresh(), count_not_ended=count_not_ended
            )
    except QueuesStillNeeded as error:
        refuse(str(error))
    if is_new:
        log_act("security.desk.applied", version=version)
    return version, is_new


def _releases(owners: int, responsibles: int) -> str:
    """Return a sentence about tickets whose owner or responsible loses the permission with the new
    desk.
    """
    if not owners and not responsibles:
        return ""
    return (
        f"tickets that lose their owner: {owners}; their responsible: {responsibles}; the "
        f"system releases them as soon as it runs\n"
    )


def _told(desks: Mapping[str, Desk], file: Path, *, now: datetime) -> str:
    """Return the queue of each request in `file` under each of `desks` (by label).

    Ends the command on any mistake.
    """
    try:
        samples = load_samples(file, list(desks.values()), now=now)
    except DeskMistakes as error:
        refuse(str(error), code=NONSENSE)
    trials = try_samples(samples, list(desks.values()), now=now)
    told = []
    for trial in trials:
        told += ["", f"{trial.sample.place}: {trial.sample.request}"]
        told += [
            f"    {label}{_decision(decision)}"
            for label, decision in zip(desks, trial.decisions, strict=True)
        ]
        told += [f"    {MARKS[trial.difference]}"] if trial.difference else []
    counted = Counter(trial.difference for trial in trials)
    sums = (
        f": {counted['queue']} to another queue, {counted['rule']} to the same by another "
        f"rule, {counted['']} as now"
    )
    told += [
        "",
        (
            f"{len(trials)} "
            f"{'request' if len(trials) == 1 else 'requests'}{sums if len(desks) > 1 else ''}"
        ),
        "",
    ]
    return "\n".join(told)


def _decision(decision: Decision | None) -> str:
    if decision is None:
        return "not possible, for this desk has no such form or queue"
    lacking = (
        f"; comes back, for it lacks {', '.join(decision.missing)}" if decision.missing else ""
    )
    return f"{decision.queue}  ({decision.reason}{lacking})"
