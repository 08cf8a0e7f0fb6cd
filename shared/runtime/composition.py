"""The parts of a service that the runtime needs: `Service`, `Job` and the readiness checks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from shared.core.error_text import error_text
from shared.core.errors import DeskMissing
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.database.migrate import is_up_to_date
from shared.messaging.commands import CommandServer
from shared.messaging.consumer import Consumer
from shared.observability.metrics import Meter
from shared.runtime.bus import Bus
from shared.web.health import Check


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic job of a service.

    `run(context)` returns whether it did something. After True it runs again immediately; after
    False it waits for `every`, or until the event `wake(context)` is set.
    """

    name: str
    every: timedelta
    run: Callable[[Any], Awaitable[bool]]
    wake: Callable[[Any], asyncio.Event] | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is built and not yet started.

    `context` is passed to its handlers and jobs. `checks` are its readiness checks, the same with
    which `app` was built.
    """

    name: str
    database: Database
    migrations: Path
    app: FastAPI
    meter: Meter
    context: Any
    consumer: Consumer[Any]
    checks: Mapping[str, Check]
    commands: CommandServer[Any] | None = None
    jobs: tuple[Job, ...] = ()
    on_stop: tuple[Callable[[], Awaitable[None]], ...] = ()


def standard_checks(
    *, database: Database, migrations: Path, bus: Bus, needs_desk: bool
) -> dict[str, Check]:
    """Return the readiness checks of a service: database, migrations, bus and, if needed, desk."""
    name = database.service
    known_good: set[str] = set()

    async def database_answers() -> str | None:
        try:
            await database.ping()
        except Exception as error:  # noqa: BLE001  whatever is wrong, the sentence says it
            return f"the database of {name} cannot be reached: {error_text(error)}"
        return None

    async def version_is_right() -> str | None:
        if "version" not in known_good:
            if not await is_up_to_date(database, migrations):
                return (
                    f"the database of {name} is not up to date; expected `./sportello migrate "
                    f"{name}` to have run"
                )
            known_good.add("version")
        return None

    async def bus_works() -> str | None:
        return "; ".join(bus.problems(name)) or None

    async def desk_is_there() -> str | None:
        try:
            async with database.reading() as connection:
                await current_desk(connection)
        except DeskMissing:
            lost = (
                ""
                if name == "routing"
                else f", or `./sportello replay routing --to {name}` where {name} alone has lost it"
            )
            return f"no desk has been applied yet; expected `./sportello desk apply PATH`{lost}"
        return None

    checks: dict[str, Check] = {
        "database": database_answers,
        "migrations": version_is_right,
        "bus": bus_works,
    }
    if needs_desk:
        checks["desk"] = desk_is_there
    return checks
