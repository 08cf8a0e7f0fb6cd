"""Asking tickets to do something, and showing what came of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import structlog

from services.portal.context import PortalContext
from services.portal.domain.numbers import is_possible_number
from services.portal.queries.tickets import stored_version
from shared.cause import Cause
from shared.commands.tickets import TicketCommand
from shared.database.command_answers import answer_row, find_answer
from shared.database.transient import is_transient
from shared.database.unit_of_work import UnitOfWork
from shared.errors import KeyReused, NoAnswer, NotThere, Refusal
from shared.events.ticket_state import TicketState
from shared.ids import derived_id, new_id
from shared.messaging.message import Message

log = structlog.get_logger()

SHOWN_WITHIN_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did: `ticket` as tickets left it. `is_shown` is false while the read model is still behind it."""

    ticket: TicketState
    is_shown: bool


async def act(portal: PortalContext, command: TicketCommand, *, key: str | None, cause: Cause | None = None) -> Done:
    """Have tickets do `command`, once for each `key` of its caller (None: do it now), and wait until it can be read here.

    Raises the Refusal that tickets answered, NotThere for what cannot be a ticket number, BusUnreachable where nothing was sent, and
    NoAnswer where it is unknown whether it was done; asking again with the same key is then safe.
    """
    if not is_possible_number(command.number):
        raise NotThere
    command_id = derived_id("command", command.caller.identity, key) if key is not None else new_id()
    answer = await portal.sender.ask(command, command_id=command_id, cause=cause or Cause.fresh())
    if answer.outcome.refusal is not None:
        raise Refusal.from_wire(answer.outcome.refusal)
    ticket = answer.outcome.ticket
    if ticket is None:
        raise NoAnswer(f"{command.NAME} was answered without a ticket")
    return Done(ticket, is_shown=await _apply(portal, answer.events) or await _is_shown(portal, ticket))


async def use_session_key(uow: UnitOfWork, key: str, *, identity: str) -> None:
    """Bind `key` to signing in as `identity`, for as long as answers to commands are kept. Raises KeyReused where it was somebody else."""
    key_id, wanted = derived_id("portal.session", key), sha256(identity.encode()).hexdigest()
    known = await find_answer(uow.connection, key_id)
    if known is None:
        uow.insert_later(answer_row(key_id, body_hash=wanted, answer={}, now=uow.now))
    elif known[0] != wanted:
        raise KeyReused


async def _apply(portal: PortalContext, events: Sequence[Message]) -> bool:
    """Put what the command wrote into the read model, the way every event comes; the bus brings the same again later.

    Return whether there was something and it is there now.
    """
    if not events:
        return False
    try:
        await portal.apply(events)
    except Exception as error:
        if not is_transient(error):
            raise
        log.warning("portal.own_write.left_to_the_bus", events=len(events), error=repr(error)[:200])
        return False
    return True


async def _is_shown(portal: PortalContext, ticket: TicketState) -> bool:
    """Return whether the read model has reached `ticket`; waits a moment, because another process may be bringing it there."""
    try:
        async with asyncio.timeout(SHOWN_WITHIN_SECONDS):
            while True:
                if await _version(portal, ticket.id) >= ticket.version:
                    return True
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        return False


async def _version(portal: PortalContext, ticket_id: UUID) -> int:
    async with portal.database.reading() as connection:
        return await stored_version(connection, ticket_id)
