"""The work of one command, and the checks that several use cases share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.lifecycle import CloseOutcome, Facts, Trigger
from services.tickets.domain.parts import Change
from services.tickets.domain.rights import admit
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from shared.contracts.desk import Desk
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import ENDED, State
from shared.contracts.people import SYSTEM, Actor, Requester
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue, TooLarge
from shared.policy.permissions import holder_of
from shared.policy.rules import missing_answers
from shared.text.cleaning import clean_line, clean_text


@dataclass(frozen=True, slots=True)
class Work:
    """One command in its transaction: the ports, the desk in force, the caller, the time and the cause."""

    tickets: Tickets
    counters: Counters
    presence: Presence
    desk: Desk
    caller: Requester
    now: datetime
    cause: Cause

    @property
    def actor(self) -> Actor:
        """The caller as who did something."""
        return Actor(identity=self.caller.identity, name=self.caller.name)

    async def admitted(self, number: str, trigger: Trigger) -> tuple[Ticket, frozenset[str]]:
        """Return the ticket and the caller's roles at it, if the caller may ever pull `trigger` on it.

        Raises NotThere, MissingRight.
        """
        ticket = await self.tickets.get(number)
        parent_owner = await self.parent_owner_of(ticket)
        return ticket, admit(self.desk, ticket, self.caller, trigger, parent_owner=parent_owner)

    async def parent_owner_of(self, ticket: Ticket) -> str | None:
        """Return who stands in the requester's place at a child: its parent's owner, if they may still work its queue."""
        if ticket.parent_id is None:
            return None
        parent = (await self.tickets.peek([ticket.parent_id])).get(ticket.parent_id)
        return holder_of(self.desk, parent) if parent else None

    async def facts(
        self,
        ticket: Ticket,
        *,
        parent: Ticket | None = None,
        outcome: CloseOutcome = "successful",
        before: State | None = None,
        ends_with_parent: bool = False,
    ) -> Facts:
        """Return what the lifecycle's guards may ask about `ticket`; see `facts_of`."""
        return await facts_of(
            self.tickets,
            self.desk,
            ticket,
            parent=parent,
            outcome=outcome,
            before=before,
            ends_with_parent=ends_with_parent,
        )

    def done(self, ticket: Ticket, change: Change) -> Done:
        """Return `change` as caused by the command."""
        return Done(ticket, change, self.cause)

    async def record(self, ticket: Ticket, change: Change, *, field: str = "body") -> Ticket:
        """Record one change and return the ticket.

        Raises ImpossibleValue on `field` where the ticket outgrows what the bus carries.
        """
        try:
            await self.tickets.record([self.done(ticket, change)])
        except TooLarge as error:
            raise ImpossibleValue(field, "too_long") from error
        return ticket


def words(text: str, *, field: str) -> str:
    """Return a clean text. Raises ImpossibleValue where nothing is left that can be seen."""
    return _seen(clean_text(text), field)


def line(text: str, *, field: str) -> str:
    """Return a clean text of one line. Raises ImpossibleValue where nothing is left that can be seen."""
    return _seen(clean_line(text), field)


def given(reason: str | None) -> str | None:
    """Return a clean reason, None where there is none."""
    return clean_text(reason or "") or None


def clean_answers(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return answers by their names, the texts among them clean."""
    return {name: _clean_answer(answer) if isinstance(answer, str) else answer for name, answer in answers.items()}


def _clean_answer(text: str) -> str:
    cleaned = clean_text(text)
    return cleaned if "\n" in cleaned else clean_line(cleaned)


def _seen(written: str, field: str) -> str:
    if not written:
        raise ImpossibleValue(field, "empty")
    return written


async def facts_of(
    tickets: Tickets,
    desk: Desk,
    ticket: Ticket,
    *,
    parent: Ticket | None = None,
    outcome: CloseOutcome = "successful",
    before: State | None = None,
    ends_with_parent: bool = False,
) -> Facts:
    """Return what the lifecycle's guards may ask about `ticket`, which is locked.

    Its children are looked up as they are now, because a child cannot be opened or reopened while its parent is locked.
    `before` and `ends_with_parent` as in Facts.
    """
    return Facts(
        has_owner=ticket.owner is not None,
        is_held=holder_of(desk, ticket) is not None,
        is_child=ticket.parent_id is not None,
        open_children=await has_open_child(tickets, ticket),
        reopen_policy=desk.policies.reopen,
        parent_ended=parent is not None and parent.state in ENDED,
        outcome=outcome,
        before=before,
        ends_with_parent=ends_with_parent,
    )


async def has_open_child(tickets: Tickets, ticket: Ticket) -> bool:
    """Return whether a child of the ticket has not ended."""
    if not ticket.children:
        return False
    children = await tickets.children_of([ticket.id])
    return any(state not in ENDED for state in children[ticket.id].values())


def actor_of(desk: Desk, identity: str | None) -> Actor:
    """Return the operator `identity` as who did something, the system for nobody."""
    return Actor(identity=identity, name=desk.person_name(identity)) if identity else SYSTEM


def is_queue_open(desk: Desk, ticket: Ticket) -> bool:
    """Return whether tickets may come into the ticket's queue; one that the desk does not know stays as it is."""
    known = desk.queues.get(ticket.queue) if ticket.queue else None
    return known is None or not known.closed


def require_needs(desk: Desk, queue: str, fields: Mapping[str, Answer]) -> None:
    """Refuse to send a ticket where it would lack what the queue needs. Raises ImpossibleValue naming the data."""
    missing = missing_answers(desk, queue, fields)
    if missing:
        raise ImpossibleValue("queue", "needs_data", ", ".join(missing))
