"""Commands to tickets in tests: who asks, and one command handled by its use case."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.tickets.commands import USE_CASES
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Presence, Tickets
from services.tickets.usecases.context import Work
from shared.contracts.desk import Desk
from shared.contracts.people import Actor, Requester
from shared.core.cause import Cause
from tests.fakes.tickets_store import FakeCounters, FakeTickets

_COMMAND_OF = {use_case: command for command, use_case in USE_CASES.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, when, and the message that asks."""

    caller: Requester
    now: datetime
    cause: Cause

    @property
    def actor(self) -> Actor:
        return Actor(identity=self.caller.identity, name=self.caller.name)


async def do(
    use_case: Callable[[Work, Any], Awaitable[Ticket]],
    tickets: Tickets,
    desk: Desk,
    *,
    asked: Asked,
    counters: Counters | None = None,
    presence: Presence | None = None,
    **payload: Any,
) -> Ticket:
    """Handle the command of `use_case` with `payload`; return the ticket that it returns."""
    work = Work(
        tickets=tickets,
        counters=counters or FakeCounters(),
        presence=presence or (tickets if isinstance(tickets, FakeTickets) else FakeTickets()),
        desk=desk,
        caller=asked.caller,
        now=asked.now,
        cause=asked.cause,
    )
    return await use_case(work, _COMMAND_OF[use_case](caller=asked.caller, **payload))
