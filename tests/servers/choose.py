"""Where the tests' servers and programs come from, always in the same order, and never by skipping.

1. A URL in the environment: SPORTELLO_TEST_DATABASE_URL, else SPORTELLO_DATABASE_URL;
   SPORTELLO_TEST_BROKER_URL, else SPORTELLO_BROKER_URL (its management API at
   SPORTELLO_TEST_BROKER_MANAGEMENT_URL, by default the same host, port 15672). Who wants to stop or
   kill a server says `ours=True` and passes by these.
2. Docker, when an engine answers and has or can pull the image: SPORTELLO_TEST_POSTGRES_IMAGE,
   SPORTELLO_TEST_RABBITMQ_IMAGE.
3. The machine's own programs.
4. On Debian and Ubuntu, as root: `apt-get install` of what is missing, then 3.
5. `NoServer`: one sentence that says what to do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from tests.servers import debian, private_postgres, private_rabbit
from tests.servers.given import GivenPostgres, GivenRabbit
from tests.servers.private_postgres import PrivatePostgres
from tests.servers.private_rabbit import PrivateRabbit
from tests.servers.server import NoServer, PostgresServer, RabbitServer

POSTGRES_IMAGE = "postgres:17"
RABBIT_IMAGE = "rabbitmq:4"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

Found = TypeVar("Found")


def choose_postgres(
    *,
    durable: bool = True,
    ours: bool = False,
    inside: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> PostgresServer:
    """A PostgreSQL server, not started yet.

    `durable` and `inside` are for our own ones: see PrivatePostgres.
    """
    url = environment.get("SPORTELLO_TEST_DATABASE_URL") or environment.get(
        "SPORTELLO_DATABASE_URL"
    )
    if url and not ours:
        return GivenPostgres(url)
    image = environment.get("SPORTELLO_TEST_POSTGRES_IMAGE", POSTGRES_IMAGE)
    if is_in_docker(image):
        from tests.servers.containers import PostgresContainer

        return PostgresContainer(image, durable=durable)
    programs = find_or_install(
        private_postgres.find_programs,
        ("postgresql",),
        otherwise=(
            "PostgreSQL is needed: install it (Debian: apt-get install postgresql), start "
            "Docker, or set SPORTELLO_TEST_DATABASE_URL"
        ),
    )
    return PrivatePostgres(programs, durable=durable, inside=inside)


def choose_rabbit(
    *, ours: bool = False, inside: Path | None = None, environment: Mapping[str, str] = os.environ
) -> RabbitServer:
    """A RabbitMQ server, not started yet."""
    url = environment.get("SPORTELLO_TEST_BROKER_URL") or environment.get("SPORTELLO_BROKER_URL")
    if url and not ours:
        return GivenRabbit(
            url, management_url=environment.get("SPORTELLO_TEST_BROKER_MANAGEMENT_URL")
        )
    image = environment.get("SPORTELLO_TEST_RABBITMQ_IMAGE", RABBIT_IMAGE)
    if is_in_docker(image):
        from tests.servers.containers import RabbitContainer

        return RabbitContainer(image)
    programs = find_or_install(
        private_rabbit.find_programs,
        ("rabbitmq-server",),
        otherwise="RabbitMQ is needed: install it (Debian: apt-get install rabbitmq-server), "
        "start Docker, "
        "or set SPORTELLO_TEST_BROKER_URL",
    )
    return PrivateRabbit(programs, inside=inside)


def choose_chromium() -> Path:
    """The program of a Chromium for the browser tests."""
    return find_or_install(
        find_chromium,
        ("chromium",),
        otherwise=(
            "Chromium is needed: install it (Debian: apt-get install chromium), so that it "
            "is found on the PATH"
        ),
    )


def find_chromium() -> Path | None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return None if found is None else Path(found)


def is_in_docker(image: str) -> bool:
    # Imported here: it costs half a second, which most callers on a machine with programs of its
    # own need not pay.
    from tests.servers.containers import answers_docker, has_image

    return answers_docker() and has_image(image)


def find_or_install(
    find: Callable[[], Found | None],
    packages: Sequence[str],
    *,
    otherwise: str,
    can_install: Callable[[], bool] = debian.can_install,
    install: Callable[[Sequence[str]], bool] = debian.install,
) -> Found:
    """What `find` finds, after installing the Debian packages if need be; NoServer with the
    sentence `otherwise` if not.
    """
    found = find()
    if found is None and can_install() and install(packages):
        found = find()
    if found is None:
        raise NoServer(otherwise)
    return found
