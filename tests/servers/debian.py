"""Installs missing programs from Debian's or Ubuntu's packages, without letting apt start a single
system service.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from filelock import FileLock

# Debian's own switch: packages ask this program before they start a service, and 101 means "no".
POLICY = Path("/usr/sbin/policy-rc.d")
NO_SERVICES = "#!/bin/sh\nexit 101\n"


class Runner(Protocol):
    """Runs a command and returns its exit code."""

    def __call__(self, command: Sequence[str], environment: dict[str, str], /) -> int: ...


def run_quietly(command: Sequence[str], environment: dict[str, str], /) -> int:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    return done.returncode


def can_install() -> bool:
    """Whether this is a Debian or Ubuntu on which we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str], *, run: Runner = run_quietly, policy: Path = POLICY) -> bool:
    """Installs packages and says whether that worked. Waits for another apt; starts no service."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    print(f"installing {', '.join(packages)} with apt-get", file=sys.stderr, flush=True)
    # Two processes of one suite may need the same packages at the same moment.
    with (
        FileLock(Path(tempfile.gettempdir()) / "sportello-tests-apt.lock"),
        services_kept_down(policy),
    ):
        updated = run([*apt, "update"], environment) == 0
        return (
            updated
            and run([*apt, "install", "-y", "--no-install-recommends", *packages], environment) == 0
        )


@contextlib.contextmanager
def services_kept_down(policy: Path) -> Iterator[None]:
    """Forbids packages to start services meanwhile; a policy that the machine already has is put
    back afterwards.
    """
    before = policy.read_bytes() if policy.exists() else None
    mode = policy.stat().st_mode if before is not None else 0o755
    policy.write_text(NO_SERVICES)
    policy.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            policy.unlink()
        else:
            policy.write_bytes(before)
            policy.chmod(mode)
