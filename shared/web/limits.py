"""What comes in is bounded and checked before anything looks at it: size, rate, encoding, depth.

Whatever fails is answered with a problem, never an exception from deep inside a parser or a
database.
"""

import asyncio
from collections.abc import Callable

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.core.errors import NotThere
from shared.text.fields import LONGEST_TEXT
from shared.web.auth import SAFE_METHODS, caller_of
from shared.web.errors import BodyTooLarge, FormTooLarge, NotSignedIn, TooManyRequests, WebError
from shared.web.input import check_body, check_path, check_query, sends_form
from shared.web.large_forms import LargeForms
from shared.web.made_for import check_made_for
from shared.web.rate import USUAL_PER_SECOND, Buckets, client_of
from shared.web.state import WebOptions

_DRAIN_SECONDS = 30


class Limits:
    """ASGI middleware: reads the whole body within its bound, checks path, query and body, and
    hands on what is sound.

    Raises WebError (413, 415, 422, 429) or NotThere; for paths where `needs_sign_in` holds,
    somebody unknown hears 401 first.
    """

    def __init__(
        self, app: ASGIApp, *, options: WebOptions, needs_sign_in: Callable[[str], bool]
    ) -> None:
        self.app = app
        self.options = options
        self.needs_sign_in = needs_sign_in
        self.counts_this_machine = options.rate_limit is not None
        self.large_forms = LargeForms(options)
        self.buckets = Buckets(
            USUAL_PER_SECOND if options.rate_limit is None else options.rate_limit or None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] in SAFE_METHODS:
            await self._hand_on(scope, b"", receive, send)
            return
        try:
            self._count(scope)
        except TooManyRequests:
            await self._note_form(scope, receive)
            raise
        with self.large_forms.room_for(scope) as room:
            body = await self._read(scope, receive, room.has)
            await self._hand_on(scope, body, _replayed(body, receive), send)

    async def _hand_on(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Hand on a request whose path, query and body are sound."""
        try:
            check_path(scope)
            check_query(scope["query_string"])
            if body:
                check_body(scope, body)
            check_made_for(scope)
        except (WebError, NotThere):
            if self.needs_sign_in(scope["path"]) and caller_of(HTTPConnection(scope)) is None:
                raise NotSignedIn from None
            raise
        await self.app(scope, receive, send)

    async def _note_form(self, scope: Scope, receive: Receive) -> None:
        """Read the form that is refused unread, so that the page which says so gives back what was
        typed.
        """
        if sends_form(scope):
            try:
                check_body(
                    scope,
                    await self._read(
                        scope, receive, lambda size: size <= self.options.max_body_bytes
                    ),
                )
            except WebError:
                return

    def _count(self, scope: Scope) -> None:
        client = client_of(scope)
        if client is None and not self.counts_this_machine:
            return
        wait = self.buckets.take(client or "")
        if wait is not None:
            raise TooManyRequests(retry_after=wait)

    async def _read(self, scope: Scope, receive: Receive, fits: Callable[[int], bool]) -> bytes:
        """Return the body.

        One that does not fit is read on and thrown away, so that its sender reads the refusal and
        not a reset.

        Bytes are counted as they come: neither Content-Length nor its absence is believed.
        """
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            chunk, more = await _chunk(receive)
            size += len(chunk)
            if not fits(size):
                if more:
                    await _throw_away(receive, self.options.thrown_away_bytes - size)
                raise (
                    FormTooLarge(LONGEST_TEXT)
                    if sends_form(scope)
                    else BodyTooLarge(self.options.max_body_bytes)
                )
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _throw_away(receive: Receive, limit: int) -> None:
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            more = True
            while more and limit > 0:
                chunk, more = await _chunk(receive)
                limit -= len(chunk)
    except TimeoutError:
        return


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives `body` once and then listens for the end of the connection."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
