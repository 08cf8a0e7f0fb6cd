"""Asking others to do something, and showing what came of it; what the portal itself keeps and
says.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from services.portal.context import PortalContext
from services.portal.domain.notices import Preferences
from services.portal.domain.numbers import is_possible_number
from services.portal.projection.changes import bell_key
from services.portal.projection.repository import mark_calls_read, mark_read
from services.portal.queries.notices import unread_about
from services.portal.queries.tickets import find_state, is_for_operator, stored_version
from services.portal.queries.viewers import viewer_of
from services.portal.quotas import command_scope
from shared.contracts.commands.base import Command
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.commands.tickets import Close, TicketCommand
from shared.contracts.events.portal import OperatorsPresent
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.error_text import error_text
from shared.core.errors import KeyReused, NoAnswer, NotThere, Refusal
from shared.core.ids import derived_id, new_id
from shared.database.command_answers import answer_row, find_answer
from shared.database.desk_copy import current_desk
from shared.database.envelope import Envelope
from shared.database.transient import is_transient
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.commands import CommandAnswer
from shared.web.idempotency import body_hash

log = structlog.get_logger()

PRESENCE = derived_id("portal.presence")
"""What events of who is there are about."""
GATHER_SECONDS = 0.5
"""Operators who come within this time are told of together."""
SHOWN_WITHIN_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did: `ticket` as tickets left it.

    `is_shown` is false while the read model is still behind it.
    """

    ticket: TicketState
    is_shown: bool


async def act(
    portal: PortalContext, command: TicketCommand, *, key: str | None, cause: Cause | None = None
) -> Done:
    """Have tickets do `command`, once for each `key` of its caller (None: do it now), and wait
    until it can be read here.

    Raises the Refusal that tickets answered, NotThere for what cannot be a ticket number,
    BusUnreachable where nothing was sent, and NoAnswer where it is unknown whether it was done;
    asking again with the same key is then safe.
    """
    if not is_possible_number(command.number):
        raise NotThere
    try:
        answer = await _ask(portal, command, key=key, cause=cause)
    except Refusal as refusal:
        if key is not None and refusal.names_somebody and await _is_out_of_sight(portal, command):
            raise NotThere from refusal
        raise
    ticket = answer.outcome.ticket
    if ticket is None:
        raise NoAnswer(f"{command.NAME} was answered without a ticket")
    if isinstance(command, Close):
        await read_notices_about(portal, command.caller, number=ticket.number)
        await _read_calls(portal, ticket)
    return Done(
        ticket, is_shown=await _apply(portal, answer.events) or await _is_shown(portal, ticket)
    )


async def set_preferences(
    portal: PortalContext, command: SetPreferences, *, key: str | None, cause: Cause | None = None
) -> Preferences:
    """Have notify keep how the caller wants to be told, show it at once, and return it.

    `key` and what is raised are as for `act`.
    """
    answer = await _ask(portal, command, key=key, cause=cause)
    await _apply(portal, answer.events)
    return Preferences(rhythm=command.rhythm, muted=list(command.muted))


async def read_notices(
    portal: PortalContext, *, operator: str, ids: Collection[UUID] | None, key: str | None = None
) -> None:
    """Mark the operator's notices as read: those of `ids` that are his own, or (None) all.

    Raises KeyReused as `use_key` does.
    """
    async with portal.database.transaction() as uow:
        if key is not None:
            meant = body_hash(sorted(map(str, ids)) if ids is not None else None)
            if not await use_key(uow, key, scope=f"portal.notices.read {operator}", meant=meant):
                return
        await mark_read(uow.connection, operator, ids, now=uow.now)
    portal.announcer.announce([bell_key(operator)])


async def read_notices_about(portal: PortalContext, person: Requester, *, number: str) -> None:
    """Mark what an operator was notified of about the ticket `number` as read: they are looking at
    it, or are done with it.

    Nothing happens where `person` is no operator or does not see the ticket.
    """
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, person)
        unread = await unread_about(connection, viewer, number) if viewer.is_operator else ()
    if unread and person.identity is not None:
        await read_notices(portal, operator=person.identity, ids=unread)


async def _read_calls(portal: PortalContext, ticket: TicketState) -> None:
    """Mark what called for somebody to take a ticket as read, whoever got it: it is closed now."""
    async with portal.database.transaction() as uow:
        called = await mark_calls_read(uow.connection, ticket.id, now=uow.now)
    if called:
        portal.announcer.announce([bell_key(operator) for operator in sorted(called)])


async def say_who_is_there(portal: PortalContext) -> bool:
    """Tell, while any operator listens, which of them do; nobody is told when there is none.

    Return False: it is said by the clock.
    """
    listening = portal.hub.people()
    if not listening:
        return False
    await asyncio.sleep(GATHER_SECONDS)
    async with portal.database.transaction() as uow:
        operators = (await current_desk(uow.connection)).desk.operators
        present = tuple(sorted(identity for identity in portal.hub.meet() if identity in operators))
        if present:
            uow.emit(
                OperatorsPresent(operators=present, at=uow.now),
                aggregate_id=PRESENCE,
                cause=Cause.fresh(),
            )
    return False


async def use_key(uow: UnitOfWork, key: str, *, scope: str, meant: bytes) -> bool:
    """Bind `key` to `meant` (a hash) within `scope`, for as long as answers to commands are kept;
    return whether it is used for the first time.

    Raises KeyReused where it meant something else.
    """
    key_id = derived_id(scope, key)
    known = await find_answer(uow.connection, key_id)
    if known is None:
        uow.insert_later(answer_row(key_id, body_hash=meant.hex(), answer={}, now=uow.now))
    elif known[0] != meant.hex():
        raise KeyReused
    return known is None


async def _ask(
    portal: PortalContext, command: Command, *, key: str | None, cause: Cause | None
) -> CommandAnswer:
    # The keys of two people never mean the same command.
    command_id = (
        derived_id("command", command_scope(command.caller), key) if key is not None else new_id()
    )
    answer = await portal.sender.ask(command, command_id=command_id, cause=cause or Cause.fresh())
    if answer.outcome.refusal is not None:
        raise Refusal.from_wire(answer.outcome.refusal)
    return answer


async def _apply(portal: PortalContext, events: Sequence[Envelope[bytes]]) -> bool:
    """Put what the command wrote into the read model, the way every event comes; the bus brings the
    same again later.

    Return whether there was something and it is there now.
    """
    if not events:
        return False
    try:
        await portal.apply(events)
    except Exception as error:
        if not is_transient(error):
            raise
        log.warning("portal.own_write.left_to_the_bus", events=len(events), error=error_text(error))
        return False
    return True


async def _is_shown(portal: PortalContext, ticket: TicketState) -> bool:
    """Return whether the read model has reached `ticket`; waits a moment, because another process
    may be bringing it there.
    """
    try:
        async with asyncio.timeout(SHOWN_WITHIN_SECONDS):
            while True:
                if await _version(portal, ticket.id) >= ticket.version:
                    return True
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        return False


async def _is_out_of_sight(portal: PortalContext, command: TicketCommand) -> bool:
    """Return whether the caller no longer gets the ticket in any way: then a repeat does not say
    again who was named at first.
    """
    async with portal.database.reading() as connection:
        viewer, ticket = (
            await viewer_of(connection, command.caller),
            await find_state(connection, command.number),
        )
        if ticket is None or viewer.may_read(ticket):
            return False
        return not await is_for_operator(connection, viewer, ticket)


async def _version(portal: PortalContext, ticket_id: UUID) -> int:
    async with portal.database.reading() as connection:
        return await stored_version(connection, ticket_id)
