"""The documents that describe the APIs, as files: what generators of clients read."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import SecretStr

from shared.core.clock import Clock, SystemClock
from shared.core.settings import CommonSettings
from shared.runtime.bus import Bus, EmbeddedTransport
from shared.runtime.composition import Service

DESCRIBED = ("intake", "portal")
"""The services that have an API of their own."""

Build = Callable[[CommonSettings, Bus, Clock], Service]


def api_documents(builders: Mapping[str, Build]) -> dict[str, bytes]:
    """Return the OpenAPI document of each service that has an API, by its name, laid out for
    reading.
    """
    return {name: _written(_document(builders[name])) for name in DESCRIBED}


def write_documents(folder: Path, builders: Mapping[str, Build]) -> list[Path]:
    """Write the documents into `folder`; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, document in api_documents(builders).items():
        path = folder / f"{name}.json"
        path.write_bytes(document)
        written.append(path)
    return written


def _document(build: Build) -> dict[str, Any]:
    # Nothing is started: the secret signs nothing, and no database is opened.
    common = CommonSettings(secret=SecretStr("for a service that is only described"))
    document: dict[str, Any] = build(common, EmbeddedTransport(), SystemClock()).app.openapi()
    return document


def _written(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
