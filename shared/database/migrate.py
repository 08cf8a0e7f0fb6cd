"""Brings databases up to date: first the shared tables, then the service's own, each with its own
version table.

Migrations run one at a time, with lock and statement timeouts, so that an upgrade waits for nobody
for long.
"""

import asyncio
from pathlib import Path
from weakref import WeakKeyDictionary

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shared.database.alembic_upgrade import steps_to_head
from shared.database.database import Database
from shared.database.prepared import command

_SHARED = Path(__file__).with_name("migrations")
_LOCK = 0x53504F52
_NO_SUCH_DATABASE = "3D000"
_one_at_a_time: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""Alembic's `op` is global to the process, so the services of one process migrate in turn."""


async def migrate(database: Database, migrations: Path) -> None:
    """Bring `database` up to date with the shared chain and the chain in folder `migrations`.

    On PostgreSQL the database is made first if it does not exist and the user may.
    """
    if database.is_sqlite:
        if database.url.database:
            Path(database.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        await _create_if_missing(database)
    lock = _one_at_a_time.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    async with lock, database.transaction() as uow:
        if not database.is_sqlite:
            await command(uow.connection, "set local lock_timeout = '30s'")
            await command(uow.connection, "set local statement_timeout = '10min'")
            await command(uow.connection, f"select pg_advisory_xact_lock({_LOCK})")
        # Alembic ends a transaction that it believes to be its own.
        _ = await uow.connection.begin()
        await uow.connection.run_sync(_upgrade, _SHARED, "alembic_version_shared")
        await uow.connection.run_sync(_upgrade, migrations, "alembic_version")


async def is_up_to_date(database: Database, migrations: Path) -> bool:
    """Return whether `database` exists and has every migration of both chains."""
    try:
        async with database.reading() as connection:
            for folder, version_table in (
                (_SHARED, "alembic_version_shared"),
                (migrations, "alembic_version"),
            ):
                if await connection.run_sync(_missing, folder, version_table):
                    return False
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NO_SUCH_DATABASE:
            raise
        return False
    return True


def _scripts(folder: Path) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _upgrade(connection: Connection, folder: Path, version_table: str) -> None:
    config, scripts = _scripts(folder)
    with EnvironmentContext(
        config, scripts, fn=lambda revision, _: steps_to_head(scripts, revision)
    ) as context:
        context.configure(
            connection=connection, version_table=version_table, transactional_ddl=False
        )
        context.run_migrations()


def _missing(connection: Connection, folder: Path, version_table: str) -> bool:
    _, scripts = _scripts(folder)
    known = connection.dialect.has_table(connection, version_table)
    current = (
        connection.execute(text(f"select version_num from {version_table}")).scalar()
        if known
        else None
    )
    return current != scripts.get_current_head()


async def _create_if_missing(database: Database) -> None:
    name = database.url.database
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except asyncpg.InvalidCatalogNameError:
        admin = database.url.set(drivername="postgresql", database="postgres").render_as_string(
            hide_password=False
        )
        connection = await asyncpg.connect(admin, timeout=5)
        try:
            await connection.execute(f'create database "{name}"')
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            pass  # another process was faster
    await connection.close()
