"""How a command reports: a refusal on standard error, an act in the security log."""

import os
import pwd
import sys
from typing import NoReturn

import typer

from shared.observability.security import security_log


def refuse(sentence: str, *, code: int = 1) -> NoReturn:
    """End the command with `sentence` and the exit code `code`."""
    sys.stderr.write(sentence + "\n")
    raise typer.Exit(code)


def log_act(event: str, **facts: object) -> None:
    """Write `event` with who did it: the user of the system, and who became that user by `sudo`."""
    sudo_user = os.environ.get("SUDO_USER")
    security_log.info(event, by=_operating_user(), **({"sudo_user": sudo_user} if sudo_user else {}), **facts)


def _operating_user() -> str:
    """Return who runs this command, by the name that the system knows, else by the number."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
