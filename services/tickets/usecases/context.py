"""The work of one command, and the checks that several use cases share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.tickets.domain.changes import Change
from services.tickets.domain.lifecycle import Trigger
from services.tickets.domain.rights import admit, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Counters, Done, Presence, Tickets
from shared.contracts.desk import Desk
from shared.contracts.events.intake import Answer
from shared.contracts.people import SYSTEM, Actor, Requester
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue, TooLarge
from shared.policy.rules import missing_answers
from shared.text.cleaning import clean_line, clean_text


@dataclass(frozen=True, slots=True)
class Work:
    """One command in its transaction: the ports, the desk in force, the caller, the time and the
    cause.
    """

    tickets: Tickets
    counters: Counters
    presence: Presence
    desk: Desk
    caller: Requester
    now: datetime
    cause: Cause

    @property
    def actor(self) -> Actor:
        """The caller as the actor of a change."""
        return Actor(identity=self.caller.identity, name=self.caller.name)

    async def admitted(self, number: str, trigger: Trigger) -> tuple[Ticket, frozenset[str]]:
        """Return the ticket and the caller's roles at it, if the caller may ever pull `trigger` on
        it.

        Raises NotThere, MissingRight.
        """
        ticket = await self.tickets.get(number)
        return ticket, self.admit(ticket, trigger)

    def admit(self, ticket: Ticket, trigger: Trigger, *, is_doer: bool = False) -> frozenset[str]:
        """Return the caller's roles at `ticket`, as `rights.admit` does.

        Raises NotThere, MissingRight.
        """
        parent_owner = ticket.parent_owner(self.desk)
        return admit(
            self.desk, ticket, self.caller, trigger, parent_owner=parent_owner, is_doer=is_doer
        )

    def require_turn(self, ticket: Ticket, roles: frozenset[str], trigger: Trigger) -> None:
        """Refuse a caller who has the right but not the turn, as `rights.require_turn` does."""
        require_turn(self.desk, ticket, roles, state=ticket.state, trigger=trigger)

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
    """Return a clean text of one line.

    Raises ImpossibleValue where nothing is left that can be seen.
    """
    return _seen(clean_line(text), field)


def given(reason: str | None) -> str | None:
    """Return a clean reason, None where there is none."""
    return clean_text(reason or "") or None


def clean_answers(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return answers by their names, the texts among them clean."""
    return {
        name: _clean_answer(answer) if isinstance(answer, str) else answer
        for name, answer in answers.items()
    }


def _clean_answer(text: str) -> str:
    cleaned = clean_text(text)
    return cleaned if "\n" in cleaned else clean_line(cleaned)


def _seen(written: str, field: str) -> str:
    if not written:
        raise ImpossibleValue(field, "empty")
    return written


def actor_of(desk: Desk, identity: str | None) -> Actor:
    """Return the operator `identity` as the actor of a change, the system for None."""
    return Actor(identity=identity, name=desk.person_name(identity)) if identity else SYSTEM


def require_needs(desk: Desk, queue: str, fields: Mapping[str, Answer]) -> None:
    """Refuse to send a ticket where it would lack what the queue needs.

    Raises ImpossibleValue naming the data.
    """
    missing = missing_answers(desk, queue, fields)
    if missing:
        raise ImpossibleValue("queue", "needs_data", ", ".join(missing))
