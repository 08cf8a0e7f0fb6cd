"""Asking and answering: commands over the bus, with a reply.

A command is never stored for later. Within its deadline a transient failure is tried again; then,
and when it comes late, it is refused. No answer means *unknown*: asking again with the same id is
always safe, because answers are kept with their effects.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import perf_counter
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from pydantic import ValidationError

from shared.contracts.commands.base import COMMAND_CLASSES, Command, Outcome
from shared.contracts.events.ticket_state import TicketState
from shared.core.backoff import Backoff, Failures
from shared.core.cause import Cause
from shared.core.error_text import error_text
from shared.core.errors import DeskMissing, KeyReused, NoAnswer, Refusal, Transient
from shared.database.command_answers import answer_row, find_answer
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.transient import is_transient
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.nul import holds_nul
from shared.observability.metrics import Meter

C = TypeVar("C")
log = structlog.get_logger()

DEADLINE = timedelta(seconds=5)
DATABASE_AGAIN = Backoff(first=0.02, longest=1.0)


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command on its way.

    `body` is the command's JSON; after `deadline` nobody waits for the answer any more.
    """

    id: UUID
    name: str
    body: bytes
    deadline: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """The outcome, and on the first answer the events the command wrote, so that the asker can show
    its own write at once.
    """

    outcome: Outcome
    events: tuple[Envelope[bytes], ...] = ()


class CommandSender(Protocol):
    """How the portal asks."""

    async def ask(self, command: Command, *, command_id: UUID, cause: Cause) -> CommandAnswer:
        """Ask and wait for the answer.

        Raises BusUnreachable at once, NoAnswer after the deadline.
        """


Act = Callable[..., Awaitable[TicketState | None]]
Commands = Mapping[type[Command], Act]
"""Which function answers which command: `async def take(context, uow, command, *, now, cause) ->
TicketState`, raising Refusals.

What is about no ticket returns None.
"""


class CommandServer(Generic[C]):
    """Answers a service's commands in one process; several processes may serve the same queue."""

    def __init__(self, *, database: Database, commands: Commands, context: C, meter: Meter) -> None:
        self.database = database
        self._commands = {command.NAME: act for command, act in commands.items()}
        self._context = context
        self._meter = meter

    async def answer(self, request: CommandRequest) -> CommandAnswer:
        """Do what is asked, once, and answer.

        Raises NoAnswer when the deadline has passed, the database stays away, or a mistake of ours
        comes to light (which is logged).
        """
        begun = perf_counter()
        command = self._decode(request)
        try:
            answer = await self._until_deadline(request, command)
        except NoAnswer:
            raise
        except Exception as error:
            log.exception(
                "commands.failed",
                service=self.database.service,
                command=request.name,
                id=request.id,
            )
            raise NoAnswer(f"{request.name} failed: {type(error).__name__}") from error
        outcome = answer.outcome.refusal["kind"] if answer.outcome.refusal else "done"
        self._meter.command_answered(request.name, outcome, perf_counter() - begun)
        return answer

    async def _until_deadline(self, request: CommandRequest, command: Command) -> CommandAnswer:
        failures = Failures(DATABASE_AGAIN)
        while self.database.clock.now() < request.deadline:
            try:
                return await self._once(request, command)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning(
                    "commands.again",
                    service=self.database.service,
                    command=request.name,
                    id=request.id,
                    error=error_text(error),
                )
                await failures.wait()
        raise NoAnswer(f"{request.name} came too late, or the database stayed away")

    def _decode(self, request: CommandRequest) -> Command:
        known = COMMAND_CLASSES.get(request.name)
        if known is None or request.name not in self._commands:
            raise NoAnswer(f"nothing here answers {request.name}")
        if holds_nul(request.body):
            raise NoAnswer(f"{request.name} cannot be decoded: a text holds NUL")
        try:
            return known.model_validate_json(request.body)
        except ValidationError as error:
            raise NoAnswer(
                f"{request.name} cannot be decoded: {error.error_count()} problems"
            ) from error

    async def _once(self, request: CommandRequest, command: Command) -> CommandAnswer:
        body_hash = sha256(request.name.encode() + b"\0" + request.body).hexdigest()
        async with self.database.transaction() as uow:
            given = await find_answer(uow.connection, request.id)
            if given is None:
                outcome = await self._act(uow, request, command)
                if outcome.refusal is not None and outcome.refusal["kind"] == DeskMissing.__name__:
                    return CommandAnswer(outcome)  # no decision: asked again, it may well be done
                answer = outcome.model_dump(mode="json")
                uow.insert_later(
                    answer_row(request.id, body_hash=body_hash, answer=answer, now=uow.now),
                    expect=_expect_one,
                )
                return CommandAnswer(outcome, tuple(uow.emitted))
        given_hash, answer = given
        if given_hash != body_hash:
            return CommandAnswer(Outcome(refusal=KeyReused().to_wire()))
        return CommandAnswer(Outcome.model_validate(answer))

    async def _act(self, uow: UnitOfWork, request: CommandRequest, command: Command) -> Outcome:
        try:
            cause = Cause(request.cause.correlation_id, request.id, request.cause.traceparent)
            state = await self._commands[request.name](
                self._context, uow, command, now=uow.now, cause=cause
            )
        except Refusal as refusal:
            # Decided before any write, and committed like a success, so that a repeat is answered
            # the same.
            if uow.emitted:
                raise RuntimeError(f"{request.name} was refused after it had written") from refusal
            return Outcome(refusal=refusal.to_wire())
        return Outcome(ticket=state)


class _AnsweredMeanwhile(Transient):
    """The same command was answered by another process in the same moment; the next look finds its
    answer.
    """


def _expect_one(stored: set[UUID]) -> None:
    if not stored:
        raise _AnsweredMeanwhile
