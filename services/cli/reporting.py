"""Reports of a command: refusals on standard error, and acts in the security log."""

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
    """Log `event` with the system's user, and with the user who called `sudo`, if any."""
    sudo_user = os.environ.get("SUDO_USER")
    security_log.info(
        event, by=_operating_user(), **({"sudo_user": sudo_user} if sudo_user else {}), **facts
    )


def _operating_user() -> str:
    """Return the user who runs this command: the name, or the number if the user has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
