"""What every asked-for change has in common."""

from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.parts import Change
from services.tickets.domain.ticket import Ticket
from services.tickets.lifecycle import CloseOutcome, Facts
from services.tickets.ports import Done, Tickets
from shared.actions import holder_of
from shared.cause import Cause
from shared.desk import Desk
from shared.errors import ImpossibleValue, TooLarge
from shared.events.people import Actor, Requester


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, when, and the message that asks."""

    caller: Requester
    now: datetime
    cause: Cause

    @property
    def actor(self) -> Actor:
        return Actor(identity=self.caller.identity, name=self.caller.name)


def words(text: str, *, field: str) -> str:
    """Return what somebody wrote without blanks around it. Raises ImpossibleValue where nothing is left."""
    written = text.strip()
    if not written:
        raise ImpossibleValue(field, "empty")
    return written


def given(reason: str | None) -> str | None:
    """Return a reason without blanks around it, None where there is none."""
    return (reason or "").strip() or None


def facts_of(desk: Desk, ticket: Ticket, *, open_children: bool = False, outcome: CloseOutcome = "successful") -> Facts:
    """Return what the lifecycle's guards may ask about `ticket`."""
    return Facts(
        has_owner=ticket.owner is not None,
        is_held=holder_of(desk, ticket) is not None,
        is_child=ticket.parent_id is not None,
        open_children=open_children,
        reopen_policy=desk.policies.reopen,
        outcome=outcome,
    )


async def record(tickets: Tickets, ticket: Ticket, change: Change, *, asked: Asked, field: str = "body") -> Ticket:
    """Record one asked-for change and return the ticket. Raises ImpossibleValue on `field` if the ticket outgrows what the bus carries."""
    try:
        await tickets.record([Done(ticket, change, asked.cause)])
    except TooLarge as error:
        raise ImpossibleValue(field, "too_long") from error
    return ticket
