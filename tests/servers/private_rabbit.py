"""RabbitMQ from the machine's own programs: a broker with a port, a node name, a port mapper and
data of its own.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.processes import Folder, Process
from tests.servers.server import RabbitServer
from tests.servers.vhosts import SAVE_REGISTERS, definitions_of, deletion_of
from tests.servers.waiting import answers_amqp, free_port, wait_until

# Debian's programs on the PATH are wrappers that change to its own account and folders; the real
# ones lie here.
DEBIAN_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
LOG = "server.log"
NODE = "sportello@localhost"


def find_programs() -> Path | None:
    """The folder with `rabbitmq-server` and `rabbitmqctl`."""
    if (DEBIAN_PROGRAMS / "rabbitmq-server").exists():
        return DEBIAN_PROGRAMS
    on_path = shutil.which("rabbitmq-server")
    return None if on_path is None else Path(on_path).resolve().parent


class PrivateRabbit(RabbitServer):
    def __init__(self, programs: Path, *, inside: Path | None = None) -> None:
        self._programs = programs
        self._inside = inside
        self._folder: Folder | None = None
        self._process: Process | None = None
        self._port_mapper: Process | None = None
        self._port, self._node_port, self._mapper_port = free_port(), free_port(), free_port()
        self._password = secrets.token_hex(16)

    @property
    def url(self) -> str:
        return f"amqp://sportello:{self._password}@127.0.0.1:{self._port}/"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.is_running else None

    def start(self) -> None:
        if self._process is not None and self._process.is_running:
            return
        folder = self._folder or self._make_folder()
        if self._port_mapper is None or not self._port_mapper.is_running:
            # Started by ourselves, in the foreground: the one that Erlang would start detaches and
            # stays for ever.
            command = [find_port_mapper(), "-address", "127.0.0.1", "-port", str(self._mapper_port)]
            self._port_mapper = folder.spawn(
                command, log="epmd.log", environment=self._environment(folder)
            )
        process = folder.spawn(
            [str(self._programs / "rabbitmq-server")],
            log=LOG,
            environment=self._environment(folder),
        )
        self._process = process

        def is_ready_or_gone() -> bool:
            return not process.is_running or answers_amqp("127.0.0.1", self._port)

        wait_until(is_ready_or_gone, what=f"RabbitMQ on port {self._port}", seconds=120)
        if not process.is_running:
            raise RuntimeError(f"RabbitMQ did not start: {folder.log_tail(LOG)}")

    def _make_folder(self) -> Folder:
        folder = Folder("rabbitmq", inside=self._inside)
        self._folder = folder
        cookie = folder.path / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (folder.path / "enabled_plugins").write_text("[].\n")
        settings = [
            f"listeners.tcp.default = 127.0.0.1:{self._port}",
            "default_user = sportello",
            f"default_pass = {self._password}",
            "disk_free_limit.absolute = 50MB",
        ]
        (folder.path / "rabbitmq.conf").write_text("\n".join(settings) + "\n")
        return folder

    def _environment(self, folder: Folder) -> dict[str, str]:
        ours = {
            "HOME": folder.path,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": self._mapper_port,
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": self._node_port,
            "RABBITMQ_CONF_ENV_FILE": folder.path / "no-rabbitmq-env.conf",
            "RABBITMQ_CONFIG_FILE": folder.path / "rabbitmq",
            "RABBITMQ_ADVANCED_CONFIG_FILE": folder.path / "no-advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": folder.path / "enabled_plugins",
            "RABBITMQ_MNESIA_BASE": folder.path / "data",
            "RABBITMQ_LOG_BASE": folder.path / "log",
            "RABBITMQ_PID_FILE": folder.path / "pid",
        }
        theirs = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RABBITMQ_", "ERL_"))
        }
        return {**theirs, **{name: str(value) for name, value in ours.items()}}

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        if self._process is not None and self._process.is_running:
            self._process.resume()
            self._control("eval", SAVE_REGISTERS)
            self._process.kill()

    def pause(self) -> None:
        if self._process is not None:
            self._process.pause()

    def resume(self) -> None:
        if self._process is not None:
            self._process.resume()

    def discard(self) -> None:
        if self._process is not None:
            self._process.kill()
        if self._port_mapper is not None:
            self._port_mapper.kill()
        if self._folder is not None:
            self._folder.remove()
        self._folder = self._process = self._port_mapper = None

    def create_vhosts(self, names: Sequence[str]) -> None:
        self._control(
            "import_definitions", given=json.dumps(definitions_of(names, user="sportello"))
        )

    def delete_vhosts(self, names: Sequence[str]) -> None:
        self._control("eval", deletion_of(names))

    def _control(self, *arguments: str, given: str = "") -> None:
        assert self._folder is not None, "the broker has not been started"
        command = [str(self._programs / "rabbitmqctl"), "--quiet", "--node", NODE, *arguments]
        done = subprocess.run(
            command, env=self._environment(self._folder), cwd=self._folder.path, input=given,
            text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments[0]} failed: {done.stdout.strip()[-2000:]}")


def find_port_mapper() -> str:
    """Erlang's `epmd`, which its packages put on the PATH or beside the runtime."""
    on_path = shutil.which("epmd")
    if on_path is not None:
        return on_path
    erlang = subprocess.run(
        ["erl", "-noshell", "-eval", "io:put_chars(code:root_dir()), halt()."],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return str(next(Path(erlang).glob("erts-*/bin/epmd")))
