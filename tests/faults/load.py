"""Requesters and operators who do not give up: what is not answered is asked again, at the next
door and with the same key.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import uuid
from types import TracebackType
from typing import Any, Self

from tests.faults.facts import Promised
from tests.installation.http import Answer, Connection, sign_in
from tests.installation.installation import Installation
from tests.installation.people import tasse_request
from tests.installation.waiting import eventually

PATIENCE_SECONDS = 12.0
"""For one answer, before it is asked for again: more than a command's deadline."""
PAUSE_SECONDS = 0.02
"""Between two requests of one sender, and before something is tried again."""
OPERATORS = ("anna.ferri", "bruno.galli")


class Load:
    """`senders` send forms and two operators take, note and close what they see, from entering
    until leaving.

    What callers were promised meanwhile is `promised`. Whatever is answered otherwise than by a
    success, a conflict or "try again" is in `wrong`.
    """

    def __init__(self, installation: Installation, *, senders: int = 3) -> None:
        self.wrong: list[str] = []
        self._installation = installation
        self._senders = senders
        self._accepted: list[str] = []
        self._notes: dict[str, str] = {}
        self._closed = 0
        self._is_over = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._chance = random.Random(1)

    @property
    def promised(self) -> Promised:
        return Promised(requests=frozenset(self._accepted), notes=dict(self._notes))

    @property
    def closed(self) -> int:
        """How many closings were acknowledged."""
        return self._closed

    async def more(self, count: int) -> None:
        """Return when `count` more requests have been accepted."""
        wanted = len(self._accepted) + count

        async def look() -> bool:
            assert not self.wrong, self.wrong
            return len(self._accepted) >= wanted

        await eventually(look, what=f"{count} more requests are accepted", seconds=120, every=0.01)

    async def __aenter__(self) -> Self:
        tokens = [await sign_in(self._installation.portals[0], identity) for identity in OPERATORS]
        self._tasks = [asyncio.create_task(self._send(number)) for number in range(self._senders)]
        self._tasks += [asyncio.create_task(self._work(token)) for token in tokens]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        await asyncio.gather(*self._tasks)

    async def _send(self, sender: int) -> None:
        async with _Doors(self._installation.intakes, None, self._is_over) as doors:
            while not self._is_over.is_set():
                word = uuid.uuid4().hex
                body = tasse_request(f"Rata {word}", email=f"{word[:12]}@studenti.example.edu")
                answer = await doors.insist("/api/forms/tasse/requests", body, key=word)
                if answer is not None and answer.status == 202:
                    self._accepted.append(answer.json()["request_id"])
                elif answer is not None:
                    self.wrong.append(f"sender {sender}: {answer.status} {answer.body!r}")
                await asyncio.sleep(PAUSE_SECONDS)

    async def _work(self, token: str) -> None:
        async with _Doors(self._installation.portals, token, self._is_over) as doors:
            while not self._is_over.is_set():
                listed = await doors.insist("/api/tickets?queue=studenti&state=new&limit=20")
                items = (
                    listed.json()["items"] if listed is not None and listed.status == 200 else []
                )
                if items:
                    await self._handle(doors, self._chance.choice(items)["number"])
                await asyncio.sleep(PAUSE_SECONDS)

    async def _handle(self, doors: _Doors, number: str) -> None:
        ticket = f"/api/tickets/{number}"
        if not self._is_well(
            await doors.insist(f"{ticket}/take", {}, key=str(uuid.uuid4())), number
        ):
            return
        note = f"nota {uuid.uuid4().hex}"
        if self._is_well(
            await doors.insist(f"{ticket}/note", {"body": note}, key=str(uuid.uuid4())), number
        ):
            self._notes[note] = number
        close = {"outcome": "successful", "answer": f"risposta {uuid.uuid4().hex}"}
        if self._chance.random() < 0.5 and self._is_well(
            await doors.insist(f"{ticket}/close", close, key=str(uuid.uuid4())), number
        ):
            self._closed += 1

    def _is_well(self, answer: Answer | None, number: str) -> bool:
        if answer is None:
            return False
        if answer.status not in (200, 409):
            self.wrong.append(f"ticket {number}: {answer.status} {answer.body!r}")
        return answer.status == 200


class _Doors:
    """The addresses of a service, tried in turn until one answers."""

    def __init__(self, urls: list[str], token: str | None, is_over: asyncio.Event) -> None:
        self._connections = [Connection(url, token=token) for url in urls]
        self._turn = itertools.cycle(self._connections)
        self._is_over = is_over

    async def insist(self, path: str, body: Any = None, *, key: str | None = None) -> Answer | None:
        """Ask (without body: read) until there is an answer other than "try again"; None when the
        load is over before.
        """
        while True:
            door = next(self._turn)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    answer = await (
                        door.get(path) if body is None else door.post(path, body, key=key)
                    )
                if answer.status != 503:
                    return answer
                assert int(answer.headers["retry-after"]) > 0
            except (OSError, EOFError, TimeoutError):
                pass  # nobody there, or it died meanwhile: unknown, so it is asked again
            if self._is_over.is_set():
                return None
            await asyncio.sleep(PAUSE_SECONDS * 5)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for connection in self._connections:
            connection.close()
