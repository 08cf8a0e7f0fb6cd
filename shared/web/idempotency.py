"""The key with which a caller may repeat a call without doing it twice."""

from hashlib import sha256
from typing import Annotated

import orjson
from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema

from shared.text.sentences import N_
from shared.web.errors import BadInput

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_MALFORMED = N_("A key has 1 to 255 visible ASCII characters.")


_Described = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="The same key with the same body gets the same answer; kept 7 days",
    ),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"}
    ),
]


async def idempotency_key(request: Request, _described: _Described = None) -> str | None:
    """Dependency: the request's Idempotency-Key, or None.

    Raises BadInput for a malformed or repeated one.
    """
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1:
        raise BadInput.of(HEADER, N_("Give one key only."))
    return checked_key(given[0])


IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]


def checked_key(key: str, *, field: str = HEADER) -> str:
    """Return `key`, or raise BadInput naming `field` where it is malformed."""
    if 0 < len(key) <= LONGEST_KEY and all("!" <= letter <= "~" for letter in key):
        return key
    raise BadInput.of(field, _MALFORMED)


def body_hash(value: object) -> bytes:
    """Return the SHA-256 of a JSON-ready value; the order of keys does not count."""
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()
