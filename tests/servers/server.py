"""What every PostgreSQL and RabbitMQ server of the tests can do, wherever it comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit


class NoServer(Exception):
    """A server cannot be had here; the message is one sentence that says what to do."""


class NotOurs(Exception):
    """A server that was given by URL was asked to start, stop or fail."""


class Server(ABC):
    """A server with its address and its life in our hands.

    Every method blocks until it is done (a restart takes seconds): in a coroutine call it through
    `asyncio.to_thread`. The port and the data survive `stop`, `kill` and `restart`. Nothing is
    undone at the end but by `discard`.
    """

    @property
    @abstractmethod
    def url(self) -> str:
        """Address with user and password; the path is empty."""

    @property
    def pid(self) -> int | None:
        """The process whose descendants it is made of; None where it is not ours or does not
        run.
        """
        return None

    @abstractmethod
    def start(self) -> None:
        """Starts it unless it runs, and returns when it takes connections.

        TimeoutError after a generous while.
        """

    @abstractmethod
    def stop(self) -> None:
        """Orderly stop, as an administrator does it. Nothing happens when it does not run."""

    @abstractmethod
    def kill(self) -> None:
        """SIGKILL to all its processes; `start` brings it back with whatever it had made
        durable.
        """

    @abstractmethod
    def pause(self) -> None:
        """SIGSTOP: connections stay open and nobody answers."""

    @abstractmethod
    def resume(self) -> None:
        """Ends `pause`."""

    @abstractmethod
    def discard(self) -> None:
        """Stops it for ever and removes its data."""

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.discard()


class PostgresServer(Server):
    """`url` is `postgresql://user:password@host:port/`."""

    @abstractmethod
    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Makes an empty database, or a copy of `template`, and returns its URL."""

    @abstractmethod
    def drop_database(self, name: str) -> None:
        """Removes it, connections to it included. Nothing happens when there is none."""


class RabbitServer(Server):
    """`url` is `amqp://user:password@host:port/`.

    Before `kill` the broker's register of queues is saved (see vhosts.py).
    """

    @abstractmethod
    def create_vhosts(self, names: Sequence[str]) -> None:
        """Makes empty vhosts which the user of `url` may use; many cost hardly more than one."""

    @abstractmethod
    def delete_vhosts(self, names: Sequence[str]) -> None:
        """Removes vhosts with all that is in them."""

    def vhost_url(self, name: str) -> str:
        return url_with_path(self.url, name)


def url_with_path(url: str, path: str) -> str:
    """The URL with its path replaced by one percent-encoded segment."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(path, safe="")))
