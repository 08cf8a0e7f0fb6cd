"""PostgreSQL and RabbitMQ in Docker, through testcontainers, on fixed free ports so that a restart
keeps the address.
"""

from __future__ import annotations

import contextlib
import gc
import json
import secrets
import warnings
from collections.abc import Callable, Sequence

import docker
from docker.errors import DockerException, NotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.servers import databases
from tests.servers.private_postgres import CONNECTIONS, FORGETFUL
from tests.servers.server import PostgresServer, RabbitServer, Server
from tests.servers.vhosts import SAVE_REGISTERS, definitions_of, deletion_of
from tests.servers.waiting import answers_amqp, free_port, wait_until

ENGINE_TIMEOUT = 5
DEFINITIONS = "/definitions.json"  # inside the container


def answers_docker() -> bool:
    """Whether an engine answers at the place that Docker's own settings name."""
    with warnings.catch_warnings():
        # When nobody answers, the client leaves its socket to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            with contextlib.closing(docker.from_env(timeout=ENGINE_TIMEOUT)) as client:
                return bool(client.ping())
        except (DockerException, OSError):
            return False
        finally:
            gc.collect()


def has_image(name: str) -> bool:
    """Whether the engine has the image or can pull it."""
    with contextlib.closing(docker.from_env()) as client:
        try:
            client.images.get(name)
        except NotFound:
            return can_pull(client, name)
    return True


def can_pull(client: docker.DockerClient, name: str) -> bool:
    try:
        client.images.pull(name)
    except DockerException:
        return False
    return True


class Container(Server):
    """One server in one container; the subclasses say which image, which port, and when it is
    ready.
    """

    def __init__(self, image: str, port: int) -> None:
        if not testcontainers_config.ryuk_disabled and not has_image(
            testcontainers_config.ryuk_image
        ):
            # Without its image the reaper cannot start; `discard` removes the container all the
            # same.
            testcontainers_config.ryuk_disabled = True
        self._outside_port = free_port()
        self._container = DockerContainer(image).with_bind_ports(port, self._outside_port)
        self._is_made = False
        self._is_running = False
        self._is_paused = False

    @property
    def host(self) -> str:
        """Where the engine publishes ports."""
        # Not the address of the container or of its gateway, which testcontainers prefers where it
        # sees /.dockerenv: the tests reach only this machine and the engine's, and Podman's answers
        # lack what that look-up wants.
        return self._container.get_docker_client().host()

    def _start_when(self, is_ready: Callable[[], bool], *, what: str) -> None:
        if self._is_running:
            return
        if self._is_made:
            self._container.get_wrapped_container().start()
            self._is_running = True
            self._wait_for(is_ready, what=what)
            return
        try:
            self._container.start()
            self._is_made = self._is_running = True
            self._wait_for(is_ready, what=what)
        except BaseException:
            # Whoever never had it cannot give it back.
            self.discard()
            raise

    def _wait_for(self, is_ready: Callable[[], bool], *, what: str) -> None:
        wait_until(
            is_ready, what=f"{what} in a container on port {self._outside_port}", seconds=120
        )

    def stop(self) -> None:
        if self._is_running:
            self.resume()
            self._container.get_wrapped_container().stop(timeout=30)
        self._is_running = False

    def kill(self) -> None:
        if self._is_running:
            self.resume()
            wrapped = self._container.get_wrapped_container()
            wrapped.kill(signal="SIGKILL")
            wrapped.wait()
        self._is_running = False

    def pause(self) -> None:
        if self._is_running and not self._is_paused:
            self._container.get_wrapped_container().pause()
            self._is_paused = True

    def resume(self) -> None:
        if self._is_paused:
            self._container.get_wrapped_container().unpause()
            self._is_paused = False

    def discard(self) -> None:
        self._container.stop()
        self._is_made = self._is_running = False


class PostgresContainer(Container, PostgresServer):
    def __init__(self, image: str, *, durable: bool = True) -> None:
        super().__init__(image, 5432)
        self._password = secrets.token_hex(16)
        settings = [f"max_connections={CONNECTIONS}", *(() if durable else FORGETFUL)]
        self._container.with_env("POSTGRES_USER", "sportello").with_env(
            "POSTGRES_PASSWORD", self._password
        )
        self._container.with_command(
            ["postgres", *(part for setting in settings for part in ("-c", setting))]
        )

    @property
    def url(self) -> str:
        return f"postgresql://sportello:{self._password}@{self.host}:{self._outside_port}/"

    def start(self) -> None:
        self._start_when(lambda: databases.answers_postgres(self.url), what="PostgreSQL")

    def create_database(self, name: str, *, template: str = "template0") -> str:
        return databases.create_database(self.url, name, template=template)

    def drop_database(self, name: str) -> None:
        databases.drop_database(self.url, name)


class RabbitContainer(Container, RabbitServer):
    def __init__(self, image: str) -> None:
        super().__init__(image, 5672)
        self._password = secrets.token_hex(16)
        self._container.with_env("RABBITMQ_DEFAULT_USER", "sportello").with_env(
            "RABBITMQ_DEFAULT_PASS", self._password
        )

    @property
    def url(self) -> str:
        return f"amqp://sportello:{self._password}@{self.host}:{self._outside_port}/"

    def start(self) -> None:
        self._start_when(lambda: answers_amqp(self.host, self._outside_port), what="RabbitMQ")

    def create_vhosts(self, names: Sequence[str]) -> None:
        definitions = json.dumps(definitions_of(names, user="sportello"))
        self._container.copy_into_container(definitions.encode(), DEFINITIONS)
        self._control("import_definitions", DEFINITIONS)

    def delete_vhosts(self, names: Sequence[str]) -> None:
        self._control("eval", deletion_of(names))

    def kill(self) -> None:
        if self._is_running:
            self.resume()
            self._control("eval", SAVE_REGISTERS)
        super().kill()

    def _control(self, *arguments: str) -> None:
        done = self._container.exec(["rabbitmqctl", "--quiet", *arguments])
        if done.exit_code:
            raise RuntimeError(
                f"rabbitmqctl {arguments[0]} failed: "
                f"{done.output.decode(errors='replace').strip()[-2000:]}"
            )
