"""A test run that is killed leaves neither processes nor folders of its servers behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.servers.waiting import wait_until

RUN = """
import sys
from pathlib import Path
from tests.servers.processes import Folder

folder = Folder("guarded", inside=Path(sys.argv[1]))
family = (
    "import subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "time.sleep(600)"
)
folder.spawn([sys.executable, "-c", family], log="log")
print(folder.path, flush=True)
sys.stdin.read()
"""


def test_a_killed_run_takes_its_servers_along(tmp_path: Path, repository: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stdin is not None
    folder = Path(run.stdout.readline().strip())
    server = next(
        child
        for child in psutil.Process(run.pid).children()
        if "subprocess.Popen" in " ".join(child.cmdline())
    )
    wait_until(lambda: len(server.children()) == 1, what="the server's child")
    family = [server, *server.children()]
    assert folder.is_dir()

    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdin.close()
    run.stdout.close()

    wait_until(lambda: not folder.exists(), what="the folder removed")
    assert [
        member
        for member in family
        if member.is_running() and member.status() != psutil.STATUS_ZOMBIE
    ] == []
