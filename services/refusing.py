"""How the command line says no: one sentence on standard error, exit code 1."""

import sys
from typing import NoReturn

import typer


def refuse(sentence: str) -> NoReturn:
    """End the command with `sentence`."""
    sys.stderr.write(sentence + "\n")
    raise typer.Exit(1)
