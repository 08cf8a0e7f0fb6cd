"""Which part of a long ticket a page shows: its address says so, so that it works without a
script.
"""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

from services.portal.queries.articles import Part

MOST_CHANGES = 50
_LONGEST_VERSION = 9
"""Digits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of the articles that is wanted, the version before which changes are wanted (None:
    the newest), and the address of both.
    """

    articles: Part
    changes_before: int | None
    query: str


def part_asked(request: Request) -> Asked:
    """Return the part of a ticket that `request` asks for; what cannot be meant asks for the
    newest.
    """
    params = request.query_params
    before, version = _id(params.get("before", "")), _version(params.get("changes_before", ""))
    kept = {"before": before, "changes_before": version}
    query = urlencode({name: value for name, value in kept.items() if value is not None})
    return Asked(Part(before), version, f"?{query}" if query else "")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _version(text: str) -> int | None:
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_VERSION else None
    )
