"""A page that asks for itself again is sent only when it is another one than the browser has.

Every page carries its tag, so that also the first request of its kind, when the stream of changes
opens, can be answered briefly.
"""

import re
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import HTMLResponse

_EMPTY, _FILLED = 'data-tag=""', 'data-tag="{}"'
"""What the base page writes where its tag should stand: no text of a person has such quotes in a
page.
"""

_NEW_EACH_TIME = re.compile(r'name="command_id" value="[^"]*"|shown=[0-9%,C]*&amp;')
"""The ids of commands not sent yet, and in addresses the rows that are on the screen: no news to
anybody.

People's texts stand in the page too. No text can hold the first, whose quotes would be escaped; the
second must not read on to the next `&` from every `shown=` that somebody wrote a thousand times.
"""


def answer_page(
    request: Request, html: str, *, status_code: int, headers: dict[str, str]
) -> HTMLResponse:
    """Return the page, or 304 where it is the refresh of a page that is still the same."""
    tag = tag_of(html)
    is_refresh = request.method == "GET" and "HX-Request" in request.headers
    if is_refresh and status_code == 200:
        headers = {**headers, "ETag": f'W/"{tag}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return HTMLResponse(status_code=304, headers=headers)
    return HTMLResponse(
        html.replace(_EMPTY, _FILLED.format(tag), 1), status_code=status_code, headers=headers
    )


def tag_of(html: str) -> str:
    """Return what two pages share that differ only in what is new each time: 24 characters."""
    return sha256(_NEW_EACH_TIME.sub("", html).encode()).hexdigest()[:24]
