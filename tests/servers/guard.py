"""Ends private servers whose test run was killed: `python guard.py FOLDER`, with the run holding
its standard input.

The run writes one line per started program: process id and start time (a reused id is somebody
else). When the input ends without a farewell, the programs with their children are killed and the
folder is removed.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterable

import psutil

FAREWELL = "done\n"


def family_of(pid: int) -> list[psutil.Process]:
    """The process and all its descendants, parents first; empty when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL to each, and returns when none runs any more (one that only waits to be reaped by its
    parent does not).
    """
    members = list(processes)
    for member in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    while any(is_running(member) for member in members):
        time.sleep(0.01)


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def main(folder: str) -> None:
    started: list[tuple[int, float]] = []
    for line in sys.stdin:
        if line == FAREWELL:
            return
        pid, created = line.split()
        started.append((int(pid), float(created)))
    for pid, created in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).create_time() == created:
                kill_all(family_of(pid))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
