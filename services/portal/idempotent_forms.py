"""Commands from browsers without scripts, which are known by what they say (see
`shared.web.without_scripts`).

The first sending of a content gets a key, which is kept before tickets is asked: sent again while
the first answer is awaited, the content finds it. The same content is a new command where it was
refused before, after an hour, and where a person has done anything to the ticket since: who answers
"Yes" to a second question means it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.portal.context import PortalContext
from services.portal.queries.history import has_changed_since
from services.portal.queries.tickets import find_state
from services.portal.quotas import command_scope, count_act
from services.portal.usecases import Done, act
from shared.contracts.commands.tickets import TicketCommand
from shared.core.errors import Refusal
from shared.core.ids import derived_id, new_id
from shared.database.bulk import insert_together
from shared.database.command_answers import answer_row, find_answer, forget_answer, replace_answer
from shared.database.unit_of_work import UnitOfWork
from shared.web.errors import WebError
from shared.web.idempotency import body_hash
from shared.web.without_scripts import SAME_WITHIN

_NO_CONTENT = {"caller", "expected_version", "is_precondition"}


@dataclass(frozen=True, slots=True)
class _Sending:
    """A content on its way: `id` stands for it and its sender, `key` for the command.

    `read` is the version of the ticket that its sender had read, `version` that of the ticket after
    the command (None until it is known).
    """

    id: UUID
    key: str
    at: datetime
    read: int | None
    version: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "at": self.at.isoformat(),
            "read": self.read,
            "version": self.version,
        }


async def act_by_content(
    portal: PortalContext, command: TicketCommand, *, client: str | None
) -> Done:
    """Count `command` as `count_act` does, and do it as `act` does, once for its content.

    Raises what they raise.
    """
    sending = await _sending_of(portal, command)
    # A key stands for one command: the page that was fetched again may have been made of a later
    # version.
    command = command.model_copy(update={"expected_version": sending.read})
    try:
        await count_act(portal, command, client=client, key=sending.key)
        done = await act(portal, command, key=sending.key)
    except (Refusal, WebError):
        async with portal.database.transaction() as uow:
            await forget_answer(uow.connection, sending.id)
        raise
    await _note_version(portal, command, sending, done)
    return done


async def _sending_of(portal: PortalContext, command: TicketCommand) -> _Sending:
    content = {"name": command.NAME, **command.model_dump(mode="json", exclude=_NO_CONTENT)}
    scope = command_scope(command.caller)
    sending_id = derived_id("portal.sent-form", scope, body_hash(content).hex())
    async with portal.database.transaction() as uow:
        known = await _find(uow, sending_id)
        if known is not None and await _is_the_same(uow, known, command):
            return known
        if known is not None:
            await forget_answer(uow.connection, sending_id)
        fresh = _Sending(sending_id, str(new_id()), uow.now, command.expected_version)
        row = answer_row(sending_id, body_hash="", answer=fresh.to_json(), now=uow.now)
        (written,) = await insert_together(uow.connection, [row])
        # Sent twice at the same instant: the other one was first.
        return fresh if written else await _find(uow, sending_id) or fresh


async def _find(uow: UnitOfWork, sending_id: UUID) -> _Sending | None:
    found = await find_answer(uow.connection, sending_id)
    if found is None:
        return None
    kept = found[1]
    return _Sending(
        sending_id, kept["key"], datetime.fromisoformat(kept["at"]), kept["read"], kept["version"]
    )


async def _is_the_same(uow: UnitOfWork, known: _Sending, command: TicketCommand) -> bool:
    if uow.now - known.at > SAME_WITHIN:
        return False
    return known.version is None or not await has_changed_since(
        uow.connection, command.number, known.version
    )


async def _note_version(
    portal: PortalContext, command: TicketCommand, sending: _Sending, done: Done
) -> None:
    """Note up to which version nothing but this command has happened: later changes make the same
    content a new command.
    """
    async with portal.database.transaction() as uow:
        # A child that was opened, or a new ticket instead of a closed one, is another ticket than
        # the one that was written to.
        ticket = (
            done.ticket
            if done.ticket.number == command.number
            else await find_state(uow.connection, command.number)
        )
        noted = replace(sending, version=ticket.version if ticket is not None else None)
        await replace_answer(uow.connection, sending.id, noted.to_json())
