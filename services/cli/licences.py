"""`./sportello licences`: the third-party packages and their licences."""

import json
import re
import sys
from collections.abc import Iterator
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, cast

import typer

from services.cli.folders import find_shipped
from shared import web

_LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
_WEB = Path(web.__path__[0])
NOT_STATED = "not stated"


class Licence(NamedTuple):
    """One package: `kind` is `python` or `npm`."""

    kind: str
    name: str
    version: str
    licence: str


def add_licences(cli: typer.Typer) -> None:
    """Add the command `licences` to `cli`."""

    @cli.command()
    def licences() -> None:
        """List the third-party packages that Sportello needs, with their licences."""
        rows = [*python_licences(), *npm_licences()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write("  ".join(cells).rstrip() + "\n")
        for path in licence_texts():
            sys.stdout.write(f"text of a licence: {path}\n")


def python_licences() -> Iterator[Licence]:
    """Yield the locked Python packages. The lock also names packages of other platforms."""
    for name, version in _LOCKED.findall(find_shipped("requirements.lock").read_text()):
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            yield Licence("python", name, version, "not installed on this platform")
        else:
            about = cast("Message", installed.metadata)
            yield Licence("python", name, installed.version, stated(about))


def stated(about: Message) -> str:
    """Return the licence that a package's metadata states, in the newest form that it uses."""
    expression = about.get("License-Expression")
    if expression:
        return expression
    classifiers: list[str] = about.get_all("Classifier") or []
    named = [each.rsplit(" :: ", 1)[1] for each in classifiers if each.startswith("License :: ")]
    # Some packages put the whole text of their licence into this field.
    short = (about.get("License") or "").strip().partition("\n")[0]
    return short if short and len(short) < 60 else ", ".join(named) or NOT_STATED


def npm_licences() -> Iterator[Licence]:
    """Yield the npm packages from which the static files of the pages are made."""
    lock = json.loads((_WEB / "assets" / "package-lock.json").read_bytes())
    for path, package in sorted(lock["packages"].items()):
        if path:
            name = path.rpartition("node_modules/")[2]
            yield Licence("npm", name, package["version"], package.get("license", NOT_STATED))


def licence_texts() -> list[Path]:
    """Return the licence texts that lie beside the static files of others, fonts included."""
    vendor = _WEB / "static" / "vendor"
    return sorted(path for path in vendor.rglob("*") if re.search(r"LICENSE|OFL", path.name))
