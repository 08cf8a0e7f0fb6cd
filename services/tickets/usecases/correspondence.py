"""What operators write: reply, ask, note, forward."""

from services.tickets.domain import correspondence
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.context import Work, words
from services.tickets.usecases.requester import answer_the_office
from shared.contracts.commands.tickets import AddNote, Ask, Forward, Reply
from shared.core.errors import ImpossibleValue
from shared.policy.permissions import holder_of
from shared.text.addresses import NotAnAddress, clean_address, mail_address


async def reply(work: Work, command: Reply) -> Ticket:
    """Write to the requester; the state stays.

    From the owner of a child's parent it is an answer to the office of the child.
    """
    ticket = await work.tickets.get_with_parent(command.number)
    if ticket.parent_owner(work.desk) == work.caller.identity != holder_of(work.desk, ticket):
        return await answer_the_office(work, child=ticket, body=command.body)
    roles = work.admit(ticket, "reply")
    written = words(command.body, field="body")
    work.require_turn(ticket, roles, "reply")
    return await work.record(
        ticket,
        correspondence.answered(
            ticket, body=written, actor=work.actor, desk=work.desk, at=work.now
        ),
    )


async def ask(work: Work, command: Ask) -> Ticket:
    """Ask the requester something and wait for the answer."""
    ticket, roles = await work.admitted(command.number, "ask")
    written = words(command.body, field="body")
    work.require_turn(ticket, roles, "ask")
    return await work.record(
        ticket,
        correspondence.question_asked(
            ticket, body=written, actor=work.actor, desk=work.desk, at=work.now
        ),
    )


async def note(work: Work, command: AddNote) -> Ticket:
    """Add an internal note, in any state."""
    ticket, roles = await work.admitted(command.number, "note")
    written = words(command.body, field="body")
    work.require_turn(ticket, roles, "note")
    return await work.record(
        ticket,
        correspondence.noted(ticket, body=written, actor=work.actor, desk=work.desk, at=work.now),
    )


async def forward(work: Work, command: Forward) -> Ticket:
    """Send words about the ticket to an outside address.

    Raises ImpossibleValue where `to` is no mail address.
    """
    ticket, roles = await work.admitted(command.number, "forward")
    written = words(command.body, field="body")
    recipient = clean_address(command.to)
    try:
        mail_address(recipient, everywhere=True)
    except NotAnAddress as error:
        raise ImpossibleValue("to", "not_an_address", command.to) from error
    work.require_turn(ticket, roles, "forward")
    change = correspondence.forwarded(
        ticket, to=recipient, body=written, actor=work.actor, desk=work.desk, at=work.now
    )
    return await work.record(ticket, change)
