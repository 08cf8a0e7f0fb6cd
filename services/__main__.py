"""The command line of Sportello, which builds all five services."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from starlette.types import ASGIApp

from services.cli.ahead import refuse_ahead
from services.cli.compare import add_compare
from services.cli.dead_letters import DataFolder, build_dead_letters_cli
from services.cli.demo import DemoFailed, fill
from services.cli.desk import build_desk_cli, load_description, put_in_force
from services.cli.environment import read_settings, with_any_secret, with_kept_secret
from services.cli.folders import find_shipped, lock_state_folder, make_state_folder
from services.cli.licences import add_licences
from services.cli.openapi import write_documents
from services.cli.recovery.cli import add_recover
from services.cli.replay import add_replay
from services.cli.reporting import log_act, refuse
from services.intake.main import build as build_intake
from services.notify.main import build as build_notify
from services.portal.main import build as build_portal
from services.routing.main import build as build_routing
from services.routing.queries import find_desk_version
from services.tickets.lifecycle_picture import draw_mermaid
from services.tickets.lifecycle_svg import draw_svg
from services.tickets.main import build as build_tickets
from shared.contracts.events.page import events_page
from shared.core.clock import Clock, SystemClock
from shared.core.error_text import error_text
from shared.core.settings import CommonSettings, SettingsRefused
from shared.database.database import Database
from shared.database.migrate import is_up_to_date
from shared.database.migrate import migrate as migrate_database
from shared.database.transient import is_transient
from shared.messaging.topology import HEARS
from shared.runtime.bus import Bus, EmbeddedTransport, RabbitTransport
from shared.runtime.composition import Service
from shared.runtime.crowd import Bounds
from shared.runtime.run import Process
from shared.runtime.together import build_together, wait_ready
from shared.web.state import WebOptions

BUILDERS: dict[str, Callable[[CommonSettings, Bus, Clock], Service]] = {
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
NEED_SECRET = ("intake", "portal", "notify")
EXAMPLE_DESK = find_shipped("deploy/desk")

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Sportello: a help desk for universities.",
    pretty_exceptions_enable=False,
)

Host = Annotated[str, typer.Option(envvar="SPORTELLO_HOST", help="Address to listen on.")]
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@cli.command()
def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    host: Host = "127.0.0.1",
    data: DataFolder = None,
    desk: Annotated[
        Path | None, typer.Option(help="Desk description to apply instead of the example.")
    ] = None,
    demo: Annotated[
        int, typer.Option(min=0, help="Number of demo requests to add to an empty desk.")
    ] = 0,
) -> None:
    """Run all services in one process, with the example desk."""
    common = read_settings(data, public_url=f"http://{host}:{port}", log_level="warning")
    description = load_description(desk or EXAMPLE_DESK)

    async def prepare(services: Sequence[Service]) -> None:
        by_name = {each.name: each for each in services}
        if desk is not None or await find_desk_version(by_name["routing"].database) is None:
            await put_in_force(description, routing=by_name["routing"], tickets=by_name["tickets"])

    async def fill_up(address: str) -> None:
        if demo:
            try:
                await fill(address, description, demo)
            except DemoFailed as error:
                sys.stderr.write(f"the demo requests are incomplete: {error}\n")

    _refuse_demo_outside(common, host)
    with lock_state_folder(common.data):
        _serve(
            list(BUILDERS), with_kept_secret(common), host, port, prepare=prepare, fill_up=fill_up
        )


@cli.command()
def run(
    service: Annotated[
        str, typer.Argument(help="intake, tickets, routing, notify, portal or all.")
    ],
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    host: Host = "127.0.0.1",
    data: DataFolder = None,
) -> None:
    """Run one service (or `all`) in this process."""
    if service not in PORTS:
        refuse(f"there is no service {service!r}; expected one of {', '.join(PORTS)}")
    common = read_settings(data)
    names = list(BUILDERS) if service == "all" else [service]
    if common.is_embedded and service != "all":
        refuse(
            "one service alone needs real servers: set SPORTELLO_DATABASE_URL and "
            "SPORTELLO_BROKER_URL, or run all"
        )
    _refuse_demo_outside(common, host)
    if common.is_embedded:
        with lock_state_folder(common.data):
            _serve(names, with_kept_secret(common), host, port or PORTS[service])
        return
    if not common.secret.get_secret_value() and set(names) & set(NEED_SECRET):
        refuse(
            "SPORTELLO_SECRET is not set; expected a long random text, the same for intake, "
            "portal and notify"
        )
    _serve(names, common, host, port or PORTS[service])


@cli.command()
def migrate(
    service: Annotated[str | None, typer.Argument(help="One service; all if left out.")] = None,
    data: DataFolder = None,
) -> None:
    """Bring the databases up to date."""
    if service is not None and service not in BUILDERS:
        refuse(f"there is no service {service!r}; expected one of {', '.join(BUILDERS)}")
    services = _build([service] if service else list(BUILDERS), read_settings(data))[0]

    async def work() -> None:
        for each in services:
            await migrate_database(each.database, each.migrations)
            sys.stdout.write(f"{each.name}: up to date\n")
        log_act("security.databases.migrated", services=[each.name for each in services])

    _go(work, services)


@cli.command()
def lifecycle(
    svg: Annotated[Path | None, typer.Option(help="Write a picture to this file instead.")] = None,
) -> None:
    """Print the state machine of a ticket as a Mermaid diagram."""
    if svg is None:
        sys.stdout.write(draw_mermaid())
    else:
        try:
            svg.write_text(draw_svg(), encoding="utf-8")
        except OSError as error:
            refuse(f"{svg} cannot be written: {error.strerror}")


@cli.command()
def events() -> None:
    """Print the page of events for other systems (see shared/contracts/events/README.md)."""
    sys.stdout.write(events_page(HEARS) + "\n")


@cli.command()
def openapi(
    to: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("deploy/api"),
) -> None:
    """Write the OpenAPI documents of intake and of the portal."""
    try:
        written = write_documents(to, BUILDERS)
    except OSError as error:
        refuse(f"{to} cannot be written: {error.strerror}")
    for path in written:
        _say(f"{path} written")


@cli.command(context_settings=PASSED_ON)
def test(context: typer.Context) -> None:
    """Install the packages of the tests and run all tests, or those that pytest's arguments
    select.
    """
    _refuse_outside_a_clone()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *context.args])


@cli.command(context_settings=PASSED_ON)
def bench(context: typer.Context) -> None:
    """Measure Sportello on this machine (--json FILE, --seconds N, --only PART; --help lists the
    parts).
    """
    _refuse_outside_a_clone()
    os.execv(sys.executable, [sys.executable, "-m", "tests.bench", *context.args])


def _refuse_outside_a_clone() -> None:
    if not find_shipped("tests").is_dir():
        refuse("this command needs a clone of the repository: an installed package has no tests")


def _serve(
    names: Sequence[str],
    common: CommonSettings,
    host: str,
    port: int,
    *,
    prepare: Callable[[Sequence[Service]], Coroutine[Any, Any, None]] | None = None,
    fill_up: Callable[[str], Coroutine[Any, Any, None]] | None = None,
) -> None:
    async def work() -> None:
        services, bus = _build(names, common)
        app: ASGIApp = services[0].app
        if len(services) > 1:
            await refuse_ahead(services)
            app = build_together(
                services, paths=PATHS, default="portal", options=WebOptions.of(common)
            )
        try:
            bounds = Bounds.of(common)
            process = Process(
                services,
                bus,
                app=app,
                host=host,
                port=port,
                trusted_proxies=common.trusted_proxies,
                bounds=bounds,
            )
        except OSError as error:
            refuse(
                f"cannot listen on {host}:{port}: {error.strerror}; expected a free port, see "
                f"--port"
            )

        async def when_up() -> None:
            if prepare is not None:
                await prepare(services)
            await wait_ready(services, tell=_say)
            address = f"http://{host}:{port}"
            if fill_up is not None:
                await fill_up(address)
            sys.stdout.write(f"ready {address}\n")
            sys.stdout.flush()

        await process.run(when_up=when_up)

    uvloop.run(work())


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _refuse_demo_outside(common: CommonSettings, host: str) -> None:
    try:
        common.refuse_demo_outside(host)
    except SettingsRefused as error:
        refuse(str(error))


def _build(names: Sequence[str], common: CommonSettings) -> tuple[list[Service], Bus]:
    clock = SystemClock()
    common = with_any_secret(common)
    if common.is_embedded:
        make_state_folder(common.data)
    bus: Bus = (
        EmbeddedTransport()
        if common.broker_url is None
        else RabbitTransport(common.broker_url, clock=clock)
    )
    try:
        return [BUILDERS[name](common, bus, clock) for name in names], bus
    except SettingsRefused as error:
        refuse(str(error))


def _go(work: Callable[[], Coroutine[Any, Any, None]], services: Sequence[Service]) -> None:
    async def and_close() -> None:
        try:
            await work()
        finally:
            for each in services:
                await each.database.close()

    try:
        asyncio.run(and_close())
    except Exception as error:
        if not is_transient(error):
            raise
        refuse(f"the database cannot be reached: {error_text(error)}")


def _with_databases(
    data: Path | None, work: Callable[[Sequence[Database]], Coroutine[Any, Any, None]]
) -> None:
    services = _build(list(BUILDERS), read_settings(data))[0]

    async def on_tables() -> None:
        for each in services:
            if not await is_up_to_date(each.database, each.migrations):
                refuse(
                    f"the database of {each.name} is not up to date; run `sportello migrate`, "
                    f"or "
                    f"give the state folder with --data"
                )
        await work([each.database for each in services])

    _go(on_tables, services)


def _with_services(
    names: Sequence[str],
    data: Path | None,
    work: Callable[[Sequence[Service]], Coroutine[Any, Any, None]],
) -> None:
    services = _build(names, read_settings(data))[0]
    _go(lambda: work(services), services)


cli.add_typer(build_dead_letters_cli(_with_databases), name="dead-letters")
cli.add_typer(build_desk_cli(_with_services), name="desk")
add_replay(cli, _with_services)
add_compare(cli, _with_services)
add_recover(cli, _with_services)
add_licences(cli)


if __name__ == "__main__":
    cli(prog_name="sportello")
