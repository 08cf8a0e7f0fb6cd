"""Operators at work: how long each command takes from the click to the answer."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

from tests.bench.figures import Figure, latencies
from tests.bench.installation import Measured
from tests.bench.load import request_body
from tests.installation.http import Connection, sign_in

STORIES_PER_SECOND = 3.0
AT_ONCE = 24
PATIENCE = 20.0


class _Operator:
    """One connection to each face, and how long its commands took."""

    def __init__(self, running: Measured, token: str, seconds: dict[str, list[float]]) -> None:
        self._intake = Connection(running.intake)
        self._portal = Connection(running.portal, token=token)
        self._seconds = seconds

    async def handle(self) -> None:
        """Take a ticket, open a child in the second level, close it there, and close the ticket
        when the outcome has come.
        """
        number = await self._new_ticket()
        await self._do("take", number)
        child_body = {
            "queue": "studenti/tasse",
            "subject": "Rata",
            "body": "Risulta pagata?",
            "fields": {"matricola": "1234567"},
        }
        child = (await self._do("children", number, child_body))["number"]
        await self._until(child, lambda ticket: ticket["queue"] is not None)
        await self._do("take", child)
        await self._do("close", child, {"outcome": "successful", "answer": "Risulta pagata."})
        await self._until(number, lambda ticket: ticket["state"] == "open")
        await self._do(
            "close",
            number,
            {"outcome": "successful", "answer": "Abbiamo verificato: la rata risulta pagata."},
        )

    async def pass_on(self) -> None:
        """Take a ticket, note something, move it to another queue, and close it there."""
        number = await self._new_ticket()
        await self._do("take", number)
        await self._do("note", number, {"body": "Riguarda la casella di posta."})
        await self._do("move", number, {"queue": "ict", "reason": "Riguarda la posta"})
        await self._do("take", number)
        await self._do(
            "close", number, {"outcome": "successful", "answer": "La casella è di nuovo attiva."}
        )

    async def _do(self, action: str, number: str, body: dict[str, Any] | None = None) -> Any:
        begun = perf_counter()
        answer = await self._portal.post(f"/api/tickets/{number}/{action}", body or {})
        self._seconds.setdefault(action, []).append(perf_counter() - begun)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{action} was answered {answer.status}: {answer.body[:300]!r}")
        return answer.json()

    async def _new_ticket(self) -> str:
        word = uuid4().hex
        answer = await self._intake.post("/api/forms/tasse/requests", request_body(word))
        if answer.status != 202:
            raise RuntimeError(f"a request was answered {answer.status}: {answer.body[:300]!r}")
        status_url = answer.json()["status_url"]
        number: str | None = None
        end = perf_counter() + PATIENCE
        while number is None:
            if perf_counter() > end:
                raise RuntimeError(f"a request had no number after {PATIENCE:.0f} s")
            await asyncio.sleep(0.02)
            number = (await self._intake.get(status_url)).json()["ticket_number"]
        await self._until(number, lambda ticket: ticket["queue"] is not None)
        return number

    async def _until(self, number: str, holds: Callable[[Any], bool]) -> None:
        end = perf_counter() + PATIENCE
        while perf_counter() < end:
            answer = await self._portal.get(f"/api/tickets/{number}")
            if answer.status == 200 and holds(answer.json()):
                return
            await asyncio.sleep(0.02)
        raise RuntimeError(f"ticket {number} did not become what it should within {PATIENCE:.0f} s")


async def measure_acting(running: Measured, *, seconds: float, goal: str) -> list[Figure]:
    """Have operators work STORIES_PER_SECOND tickets for `seconds`, after a while that is not
    counted; return what each command took.
    """
    token = await sign_in(running.portal, "luisa.villa")
    await _work(running, token, seconds=3.0)
    taken = await _work(running, token, seconds=seconds)
    group = (
        f"{running.name}: commands, {STORIES_PER_SECOND:.0f} tickets/s from the request to the end"
    )
    return [
        figure
        for action, each in taken.items()
        for figure in latencies(group, action, each, goal=goal)
    ]


async def _work(running: Measured, token: str, *, seconds: float) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    idle: asyncio.Queue[_Operator] = asyncio.Queue()
    for _ in range(AT_ONCE):
        idle.put_nowait(_Operator(running, token, found))

    async def one(number: int) -> None:
        operator = await idle.get()
        await (operator.handle() if number % 2 else operator.pass_on())
        idle.put_nowait(operator)

    begun = perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(STORIES_PER_SECOND * seconds)):
            await asyncio.sleep(max(0.0, begun + number / STORIES_PER_SECOND - perf_counter()))
            group.create_task(one(number))
    return found
