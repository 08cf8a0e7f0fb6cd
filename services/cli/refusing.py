"""How the command line says no: one sentence on standard error, exit code 1 unless another is promised."""

import sys
from typing import NoReturn

import typer


def refuse(sentence: str, *, code: int = 1) -> NoReturn:
    """End the command with `sentence` and the exit code `code`."""
    sys.stderr.write(sentence + "\n")
    raise typer.Exit(code)
