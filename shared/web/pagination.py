"""Lists in pages: where one ended is where the next begins, whatever was added meanwhile (keyset,
no offsets).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s
from typing import Annotated

import orjson
from fastapi import Depends, Query
from pydantic import WithJsonSchema

from shared.text.sentences import N_
from shared.web.errors import BadInput

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
LONGEST_CURSOR = 1000
_CHECK_BYTES = 6
_UNREADABLE = N_("This cursor cannot be read. Start again without one.")

CursorValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: at most `limit` rows after the row whose sort values were
    `after` (None: from the start).

    `scope` names the list and its order; a cursor of another is unreadable.
    """

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def after(self, scope: str, *types: type) -> tuple[CursorValue, ...] | None:
        """Return the sort values of the cursor, whose types must be `types`.

        Raises BadInput naming `cursor`.
        """
        if self.cursor is None:
            return None
        values = read_cursor(self.cursor, scope)
        if len(values) != len(types) or not all(
            type(value) is kind for value, kind in zip(values, types, strict=True)
        ):
            raise BadInput.of("cursor", _UNREADABLE)
        return values


# A text to us, so that the refusal is ours; described as the number it has to be.
_LimitGiven = Annotated[
    str,
    Query(description="How many, at most"),
    WithJsonSchema(
        {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    ),
]
_CursorGiven = Annotated[
    str | None, Query(description="`next` of the part before"), WithJsonSchema({"type": "string"})
]


async def page_asked(limit: _LimitGiven = str(DEFAULT_LIMIT), cursor: _CursorGiven = None) -> Page:
    """Dependency: `?limit=` (1-200, default 50) and `?cursor=`. Raises BadInput."""
    if not (
        limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= LARGEST_LIMIT
    ):
        raise BadInput.of(
            "limit", N_("This must be a whole number from 1 to %(largest)s."), largest=LARGEST_LIMIT
        )
    return Page(limit=int(limit), cursor=cursor)


PageAsked = Annotated[Page, Depends(page_asked)]


def make_cursor(scope: str, values: Sequence[CursorValue]) -> str:
    """Return the cursor that goes on after a row with these sort values.

    `scope` names the list, its filters and its order.
    """
    packed = orjson.dumps(list(values))
    return urlsafe_b64encode(_check(scope, packed) + packed).decode().rstrip("=")


def read_cursor(cursor: str, scope: str) -> tuple[CursorValue, ...]:
    """Return the sort values in `cursor`. Raises BadInput where it was not made for `scope`.

    The check notices mistakes; it is no secret, because a cursor gives nobody rows that the list
    would not show.
    """
    if not (cursor.isascii() and 0 < len(cursor) <= LONGEST_CURSOR):
        raise BadInput.of("cursor", _UNREADABLE)
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = orjson.loads(raw[_CHECK_BYTES:])
    except ValueError:
        raise BadInput.of("cursor", _UNREADABLE) from None
    is_ours = raw[:_CHECK_BYTES] == _check(scope, raw[_CHECK_BYTES:])
    if (
        not is_ours
        or not isinstance(values, list)
        or any(isinstance(value, str) and "\0" in value for value in values)
    ):
        raise BadInput.of("cursor", _UNREADABLE)
    return tuple(values)


def _check(scope: str, packed: bytes) -> bytes:
    return blake2s(scope.encode() + b"\x1f" + packed, digest_size=_CHECK_BYTES).digest()
