"""The command line, the only module that knows all five services."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer
import uvloop
from filelock import FileLock, Timeout
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.table import Table

from services.demo import fill
from services.intake.main import build as build_intake
from services.notify.main import build as build_notify
from services.portal.main import build as build_portal
from services.routing.desk_file import DeskMistakes, load_desk
from services.routing.main import build as build_routing
from services.routing.usecases import apply_desk, find_desk_version
from services.tickets.lifecycle_picture import draw_mermaid, draw_svg
from services.tickets.main import build as build_tickets
from shared.cause import Cause
from shared.clock import SystemClock
from shared.database.database import Database
from shared.database.migrate import migrate as migrate_database
from shared.desk import Desk
from shared.messaging.dead_letters import (
    DeadLetter,
    discard_dead_letter,
    list_dead_letters,
    retry_dead_letters,
)
from shared.observability.logs import set_up_logs
from shared.runtime.bus import Bus, EmbeddedTransport, RabbitTransport
from shared.runtime.run import Process
from shared.runtime.service import Service
from shared.runtime.together import build_together, wait_ready
from shared.settings import CommonSettings, SettingsRefused

BUILDERS: dict[str, Callable[[CommonSettings, Bus, SystemClock], Service]] = {
    "intake": build_intake,
    "tickets": build_tickets,
    "routing": build_routing,
    "notify": build_notify,
    "portal": build_portal,
}
PORTS = {
    "portal": 8000,
    "intake": 8001,
    "tickets": 8002,
    "routing": 8003,
    "notify": 8004,
    "all": 8000,
}
PATHS = {
    "/forms": "intake",
    "/api/forms": "intake",
    "/api/requests": "intake",
    "/demo/mail": "notify",
}
EXAMPLE_DESK = Path(__file__).resolve().parent.parent / "deploy" / "desk"

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Sportello: a help desk for universities.",
    pretty_exceptions_enable=False,
)
desk_cli = typer.Typer(no_args_is_help=True, help="Check or apply a desk description.")
dead_cli = typer.Typer(no_args_is_help=True, help="Messages that could not be handled or published.")
cli.add_typer(desk_cli, name="desk")
cli.add_typer(dead_cli, name="dead-letters")
out = Console(soft_wrap=True, highlight=False)

Host = Annotated[str, typer.Option(envvar="SPORTELLO_HOST", help="Address to listen on.")]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="State folder (default: SPORTELLO_DATA or var)."),
]


@cli.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the one address.")] = 8000,
    host: Host = "127.0.0.1",
    data: DataFolder = None,
    desk: Annotated[
        Path | None,
        typer.Option(help="Desk description to apply instead of the example."),
    ] = None,
    demo: Annotated[
        int,
        typer.Option(min=0, help="Fill an empty desk with this many plausible requests."),
    ] = 0,
) -> None:
    """Run everything in one process, the example desk included."""
    common = _settings(data, default_public_url=f"http://{host}:{port}", default_log_level="warning")
    description = _load(desk or EXAMPLE_DESK)
    with _lock(common.data):
        _serve(
            "all",
            common,
            host,
            port,
            description=description,
            replace_desk=desk is not None,
            demo=demo,
        )


@cli.command()
def run(
    service: Annotated[str, typer.Argument(help="intake, tickets, routing, notify, portal or all.")],
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    host: Host = "127.0.0.1",
    data: DataFolder = None,
) -> None:
    """Run one service (or `all`) in this process."""
    if service not in PORTS:
        _refuse(f"there is no service {service!r}; expected one of {', '.join(PORTS)}")
    common = _settings(data)
    if service == "all" and common.is_embedded:
        with _lock(common.data):
            _serve(service, common, host, port or PORTS[service])
    elif common.is_embedded:
        _refuse("one service alone needs real servers; set SPORTELLO_DATABASE_URL and SPORTELLO_BROKER_URL, or run all")
    else:
        _serve(service, common, host, port or PORTS[service])


@cli.command()
def migrate(
    service: Annotated[str | None, typer.Argument(help="One service; all if left out.")] = None,
    data: DataFolder = None,
) -> None:
    """Bring the databases up to date."""
    if service is not None and service not in BUILDERS:
        _refuse(f"there is no service {service!r}; expected one of {', '.join(BUILDERS)}")
    services = _build([service] if service else list(BUILDERS), _settings(data))[0]

    async def work() -> None:
        for each in services:
            await migrate_database(each.database, each.migrations)
            out.print(f"{each.name}: up to date")

    _go(work(), services)


@desk_cli.command("check")
def desk_check(path: Path) -> None:
    """Validate a desk description."""
    description = _load(path)
    out.print(
        f"{path}: {len(description.queues)} queues, {len(description.operators)} operators, {len(description.forms)} forms, all is well"
    )


@desk_cli.command("apply")
def desk_apply(path: Path, data: DataFolder = None) -> None:
    """Apply a desk description; running services follow without a restart."""
    description = _load(path)
    services = _build(["routing"], _settings(data))[0]

    async def work() -> None:
        await migrate_database(services[0].database, services[0].migrations)
        version, changed = await _apply(services[0].database, description)
        out.print(f"desk version {version} {'applied' if changed else 'is in force already'}")

    _go(work(), services)


@dead_cli.command("list")
def dead_list(data: DataFolder = None) -> None:
    """List them."""
    table = Table("id", "service", "event", "tries", "since", "error")
    for letter in _dead_letters(data):
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


@dead_cli.command("show")
def dead_show(letter_id: Annotated[UUID, typer.Argument(metavar="ID")], data: DataFolder = None) -> None:
    """Show one whole."""
    for letter in _dead_letters(data):
        if letter.id == letter_id:
            what = "could not be published" if letter.is_outgoing else f"could not be handled by {letter.service}"
            out.print(
                f"{letter.type} {letter.id}\n{what}, {letter.attempts} tries, since {letter.since.isoformat()}\n{letter.error}\n{letter.body}",
                markup=False,
            )
            return
    _refuse(f"there is no dead letter {letter_id}")


@dead_cli.command("retry")
def dead_retry(
    letter_ids: Annotated[list[UUID], typer.Argument(metavar="ID...")],
    data: DataFolder = None,
) -> None:
    """Have them tried again; running services take them up at once."""
    services = _build(list(BUILDERS), _settings(data))[0]

    async def work() -> None:
        found = {i for each in services for i in await retry_dead_letters(each.database, letter_ids)}
        for missing in sorted(set(letter_ids) - found):
            out.print(f"there is no dead letter {missing}")
        out.print(f"{len(found)} will be tried again")
        if len(found) < len(set(letter_ids)):
            raise typer.Exit(1)

    _go(work(), services)


@dead_cli.command("discard")
def dead_discard(
    letter_id: Annotated[UUID, typer.Argument(metavar="ID")],
    why: Annotated[str, typer.Option(help="The reason, kept with the fact.")],
    data: DataFolder = None,
) -> None:
    """Throw one away."""
    if not why.strip():
        _refuse("--why is empty; expected the reason")
    services = _build(list(BUILDERS), _settings(data))[0]

    async def work() -> None:
        if not any([await discard_dead_letter(each.database, letter_id, why=why) for each in services]):
            _refuse(f"there is no dead letter {letter_id}")
        out.print(f"{letter_id} discarded")

    _go(work(), services)


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def bench(context: typer.Context) -> None:
    """Measure this installation on this machine (--json FILE, --seconds N, --only distributed|embedded|scaled)."""
    os.execv(sys.executable, [sys.executable, "-m", "tests.bench", *context.args])


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def test(context: typer.Context) -> None:
    """Install what the tests need and run them (pytest's arguments)."""
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *context.args])


@cli.command()
def lifecycle(
    svg: Annotated[Path | None, typer.Option(help="Write a picture to this file instead.")] = None,
) -> None:
    """Print the state machine of a ticket as a mermaid diagram."""
    if svg is None:
        sys.stdout.write(draw_mermaid())
    else:
        svg.write_text(draw_svg(), encoding="utf-8")
        out.print(f"{svg} written")


def _serve(
    service: str,
    common: CommonSettings,
    host: str,
    port: int,
    *,
    description: Desk | None = None,
    replace_desk: bool = False,
    demo: int = 0,
) -> None:
    try:
        common.refuse_demo_outside(host)
    except SettingsRefused as error:
        _refuse(str(error))
    together = service == "all"

    async def work() -> None:
        services, bus = _build(list(BUILDERS) if together else [service], common)
        app = build_together(services, paths=PATHS, default="portal") if together else services[0].app
        try:
            process = Process(services, bus, app=app, host=host, port=port)
        except OSError as error:
            _refuse(f"cannot listen on {host}:{port}: {error.strerror}; expected a free port (see --port)")

        async def when_up() -> None:
            if description is not None:
                routing = next(each.database for each in services if each.name == "routing")
                if replace_desk or await find_desk_version(routing) is None:
                    await _apply(routing, description)
            await wait_ready(services)
            address = f"http://{host}:{port}"
            if demo and description is not None:
                await fill(address, description, demo)
            sys.stdout.write(f"ready {address}\n")
            sys.stdout.flush()

        await process.run(when_up=when_up)

    uvloop.run(work())


async def _apply(database: Database, description: Desk) -> tuple[int, bool]:
    async with database.transaction() as uow:
        return await apply_desk(uow, desk=description, now=uow.now, cause=Cause.fresh())


def _build(names: list[str], common: CommonSettings) -> tuple[list[Service], Bus]:
    clock = SystemClock()
    bus: Bus = EmbeddedTransport() if common.broker_url is None else RabbitTransport(common.broker_url, clock=clock)
    return [BUILDERS[name](common, bus, clock) for name in names], bus


def _dead_letters(data: Path | None) -> list[DeadLetter]:
    services = _build(list(BUILDERS), _settings(data))[0]
    found: list[DeadLetter] = []

    async def work() -> None:
        for each in services:
            found.extend(await list_dead_letters(each.database))

    _go(work(), services)
    return found


def _go(work: Coroutine[Any, Any, None], services: list[Service]) -> None:
    async def and_close() -> None:
        try:
            await work
        finally:
            for each in services:
                await each.database.close()

    try:
        asyncio.run(and_close())
    except OSError as error:
        _refuse(f"the database cannot be reached: {error}")


def _settings(
    data: Path | None,
    *,
    default_public_url: str | None = None,
    default_log_level: str | None = None,
) -> CommonSettings:
    given: dict[str, Any] = {"data": data} if data is not None else {}
    try:
        common = CommonSettings(**given)
        chosen = common.model_fields_set
        if default_public_url and "public_url" not in chosen:
            common = common.model_copy(update={"public_url": default_public_url})
        if default_log_level and "log_level" not in chosen:
            common = common.model_copy(update={"log_level": default_log_level})
    except SettingsRefused as error:
        _refuse(str(error))
    except ValidationError as error:
        problems = "; ".join(f"SPORTELLO_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors(include_url=False))
        _refuse(problems)
    if not common.secret.get_secret_value() and common.is_embedded:
        common = common.model_copy(update={"secret": SecretStr(_secret_of(common.data))})
    set_up_logs(common.log_level)
    return common


def _secret_of(data: Path) -> str:
    """Return the secret kept in the state folder; the first call makes it."""
    path = data / "secret"
    data.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _lock(data: Path) -> FileLock:
    data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _refuse(f"another Sportello is running on {data.absolute()}; stop it first, or give another folder with --data")
    return lock


def _load(path: Path) -> Desk:
    try:
        return load_desk(path)
    except DeskMistakes as error:
        _refuse(str(error))


def _refuse(sentence: str) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    raise typer.Exit(1)


if __name__ == "__main__":
    cli(prog_name="sportello")
