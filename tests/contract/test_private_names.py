"""The private names of libraries that we use still exist in the form in which we use them.

A failure names the installed version. The docstring of the module that uses the names says what to
do then.
"""

import inspect
import sqlite3
from collections.abc import Callable
from importlib.metadata import version
from threading import Thread
from typing import Any

import aiosmtplib
import aiosqlite
from aiosmtplib.protocol import SMTPProtocol
from alembic.script import ScriptDirectory
from sqlalchemy import bindparam, column, select
from sqlalchemy.dialects import sqlite
from uvicorn import Config
from uvicorn.protocols.http import httptools_impl
from uvicorn.server import ServerState

from shared.messaging.rabbitmq import pamqp_patch
from tests.architecture.private_names import PRIVATE_USES


def test_aiosmtplib_has_the_private_names_that_we_use() -> None:
    installed = installed_version("aiosmtplib")

    assert aiosmtplib.SMTP().protocol is None, installed
    assert parameters(SMTPProtocol.write) == ["self", "data"], installed
    assert parameters(SMTPProtocol.read_response) == ["self", "timeout"], installed


def test_aiosqlite_has_the_private_names_that_we_use() -> None:
    installed = installed_version("aiosqlite")
    connection = aiosqlite.Connection(lambda: sqlite3.connect(":memory:"), iter_chunk_size=64)

    assert parameters(aiosqlite.Connection._execute) == ["self", "fn", "args", "kwargs"], installed
    assert connection._connection is None, installed
    assert isinstance(connection._thread, Thread), installed
    assert not connection._thread.is_alive(), installed


def test_alembic_has_the_private_names_that_we_use() -> None:
    found = parameters(ScriptDirectory._upgrade_revs)

    assert found == ["self", "destination", "current_rev"], installed_version("alembic")


def test_pamqp_has_the_private_names_that_we_use() -> None:
    found = parameters(pamqp_patch._strictly)

    assert found == ["self", "flags", "data"], installed_version("pamqp")


def test_sqlalchemy_has_the_private_names_that_we_use() -> None:
    installed = installed_version("sqlalchemy")
    statement: Any = select(column("a")).where(column("a") == bindparam("b"), column("a") > 5)
    compiled: Any = statement.compile(dialect=sqlite.dialect())

    assert compiled.positiontup == ["b", "a_1"], installed
    assert [compiled.binds[name].value for name in compiled.positiontup] == [None, 5], installed
    assert compiled.construct_params({}, _check=False) == {"b": None, "a_1": 5}, installed


async def test_uvicorn_has_the_private_names_that_we_use() -> None:
    installed = installed_version("uvicorn")
    config = Config(nothing, interface="asgi3", log_config=None, ws="none")
    protocol = httptools_impl.HttpToolsProtocol(config, ServerState(), {})
    kind: Any = httptools_impl.RequestResponseCycle
    cycle = kind(**dict.fromkeys(parameters(kind)))

    assert parameters(protocol._start_asgi_task) == ["cycle", "app"], installed
    assert {"client", "cycle", "flow", "loop", "pipeline", "transport"} <= set(vars(protocol)), (
        installed
    )
    assert {"disconnected", "message_event", "response_complete"} <= set(vars(cycle)), installed
    assert httptools_impl.STATUS_LINE[400] == b"HTTP/1.1 400 Bad Request\r\n", installed


def test_every_library_whose_private_names_are_used_has_a_canary() -> None:
    canaries = {
        name.removeprefix("test_").split("_", 1)[0]
        for name in globals()
        if name.endswith("_that_we_use")
    }

    assert canaries == set(PRIVATE_USES.values())


def installed_version(library: str) -> str:
    return f"{library} {version(library)} differs: see the module that uses its private names"


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers nothing."""
