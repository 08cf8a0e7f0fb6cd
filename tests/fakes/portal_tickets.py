"""The services at the other end of the bus, as the portal's tests need them."""

from collections.abc import Callable, Sequence
from uuid import UUID

from shared.contracts.commands.base import Command, Outcome
from shared.contracts.events.base import Event
from shared.contracts.events.notify import PreferencesChanged
from shared.contracts.events.tickets import TicketEvent
from shared.core.cause import Cause
from shared.core.errors import Refusal
from shared.messaging.commands import CommandAnswer
from tests.factories.portal_events import make_message

Answer = TicketEvent | PreferencesChanged | Exception


class FakeTickets:
    """A CommandSender that records what it is asked.

    Unless told otherwise it answers that it is not there.

    `answers` with an event: done, and this event was written. With a Refusal: refused. With another
    exception: it is raised. A repeated command id gets the first answer again, without events, as
    over the bus.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Command, UUID]] = []
        self.answers: Callable[[Command], Answer] | None = None
        self._given: dict[UUID, Outcome] = {}

    @property
    def commands(self) -> Sequence[Command]:
        """What was asked, without the ids."""
        return [command for command, _ in self.asked]

    async def ask(self, command: Command, *, command_id: UUID, cause: Cause) -> CommandAnswer:
        self.asked.append((command, command_id))
        if command_id in self._given:
            return CommandAnswer(self._given[command_id])
        if self.answers is None:
            raise AssertionError(f"nobody expected {command.NAME}")
        answer = self.answers(command)
        if isinstance(answer, Refusal):
            outcome = Outcome(refusal=answer.to_wire())
        elif isinstance(answer, Exception):
            raise answer
        else:
            outcome = Outcome(ticket=answer.ticket if isinstance(answer, TicketEvent) else None)
        self._given[command_id] = outcome
        return CommandAnswer(outcome, (make_message(answer),) if isinstance(answer, Event) else ())
