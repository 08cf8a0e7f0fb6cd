"""The version of Sportello, read from pyproject.toml or from the installed package."""

import tomllib
from importlib.metadata import version
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def find_version(project: Path) -> str:
    """Return the version in the file `project`, or of the installed package without that file."""
    if not project.exists():
        return version("sportello")
    found: str = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    return found


VERSION = find_version(_PROJECT)
