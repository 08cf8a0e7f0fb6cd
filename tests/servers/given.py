"""Servers of somebody else, given by URL: databases and vhosts of our own are made in them, and
nothing is ever stopped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import httpx

from tests.servers import databases
from tests.servers.server import (
    NoServer,
    NotOurs,
    PostgresServer,
    RabbitServer,
    Server,
    url_with_path,
)
from tests.servers.vhosts import definitions_of
from tests.servers.waiting import answers_amqp

MANAGEMENT_PORT = 15672


class Given(Server):
    def __init__(self, url: str) -> None:
        self._url = url_with_path(url, "")

    @property
    def url(self) -> str:
        return self._url

    def stop(self) -> None:
        raise NotOurs(f"{self._place} was given by URL and is not ours to stop")

    def kill(self) -> None:
        raise NotOurs(f"{self._place} was given by URL and is not ours to kill")

    def pause(self) -> None:
        raise NotOurs(f"{self._place} was given by URL and is not ours to pause")

    def resume(self) -> None:
        raise NotOurs(f"{self._place} was given by URL and is not ours to resume")

    def discard(self) -> None:
        """Leaves it running: it is somebody else's."""

    @property
    def _place(self) -> str:
        """The address without user and password."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port}"


class GivenPostgres(Given, PostgresServer):
    def start(self) -> None:
        if not databases.answers_postgres(self.url):
            raise NoServer(
                f"no PostgreSQL takes connections at {self._place}; correct its URL in the "
                f"environment or remove it"
            )

    def create_database(self, name: str, *, template: str = "template0") -> str:
        return databases.create_database(self.url, name, template=template)

    def drop_database(self, name: str) -> None:
        databases.drop_database(self.url, name)


class GivenRabbit(Given, RabbitServer):
    """Vhosts are made over the broker's management API, as the URL's user, who must be an
    administrator.
    """

    def __init__(self, url: str, *, management_url: str | None = None) -> None:
        super().__init__(url)
        parts = urlsplit(url)
        self._user, self._password = (
            unquote(parts.username or "guest"),
            unquote(parts.password or "guest"),
        )
        default = urlunsplit(("http", f"{parts.hostname}:{MANAGEMENT_PORT}", "", "", ""))
        self._management_url = (management_url or default).rstrip("/")

    def start(self) -> None:
        parts = urlsplit(self.url)
        if not answers_amqp(parts.hostname or "localhost", parts.port or 5672):
            raise NoServer(
                f"no RabbitMQ answers at {self._place}; correct its URL in the environment or "
                f"remove it"
            )

    def create_vhosts(self, names: Sequence[str]) -> None:
        definitions = json.dumps(definitions_of(names, user=self._user))
        self._ask("POST", "/api/definitions", content=definitions)

    def delete_vhosts(self, names: Sequence[str]) -> None:
        for name in names:
            self._ask("DELETE", f"/api/vhosts/{quote(name, safe='')}")

    def _ask(self, method: str, path: str, *, content: str | None = None) -> None:
        try:
            answer = httpx.request(
                method,
                self._management_url + path,
                content=content,
                headers={"content-type": "application/json"},
                auth=(self._user, self._password),
                timeout=30,
                trust_env=False,
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise NoServer(
                f"the tests make vhosts of their own in RabbitMQ, and its management API at "
                f"{self._management_url} does not let them "
                f"({error}); set SPORTELLO_TEST_BROKER_MANAGEMENT_URL or remove the broker's URL "
                f"from the environment"
            ) from error
