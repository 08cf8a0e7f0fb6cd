"""The version of a thing that a caller has read: told as ETag, expected as If-Match."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema

from shared.text.sentences import N_
from shared.web.errors import BadInput

HEADER = "If-Match"
_ETAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"')
_MALFORMED = N_('This must be a version in quotation marks, such as "7".')

_Described = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description=(
            'The version that was read, as `ETag` tells it (`"7"`). 412, with what came since, if '
            "somebody else has added something "
            "that the caller may see; the caller's own changes and notices of the system do not "
            "count. `expected_version` in the body "
            "does the same with 409."
        ),
    ),
    WithJsonSchema({"type": "string", "pattern": r'^(\*|(W/)?"[1-9][0-9]{0,8}")$'}),
]


def etag(version: int) -> str:
    """Return the ETag of `version`."""
    return f'"{version}"'


def version_expected(request: Request) -> int | None:
    """Return the version that the request's If-Match names; None without one, or for `*`.

    Raises BadInput for a malformed one.
    """
    given = request.headers.get(HEADER, "*").strip()
    if given == "*":
        return None
    named = _ETAG.fullmatch(given)
    if named is None:
        raise BadInput.of(HEADER, _MALFORMED)
    return int(named[1])


async def _if_match(request: Request, _described: _Described = None) -> None:
    version_expected(request)


IF_MATCH = Depends(_if_match)
"""For routers whose calls take If-Match: describes it, and refuses a malformed one."""
