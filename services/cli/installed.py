"""The console script of an installed package: `sportello` from any folder."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from services.__main__ import cli


def main() -> None:
    """Run the command line; its state is in the user's own data folder unless a setting or an
    option names another.

    A clone keeps its state in `var/` beside the program. An installed program has no such place,
    and its next start must find the state again from whichever folder it is started.
    """
    if "SPORTELLO_DATA" not in os.environ:
        folder = user_state_folder(os.environ)
        os.environ["SPORTELLO_DATA"] = str(folder)
        if sys.argv[1:2] == ["up"] and not any(each.startswith("--data") for each in sys.argv):
            sys.stderr.write(f"state folder: {folder}\n")
    cli(prog_name="sportello")


def user_state_folder(environment: Mapping[str, str]) -> Path:
    """Return `sportello` in the user's data folder, as the XDG base directory rules name it."""
    named = Path(environment.get("XDG_DATA_HOME", ""))
    # The rules say that a relative path is to be ignored.
    base = named if named.is_absolute() else Path.home() / ".local" / "share"
    return base / "sportello"
