"""What operators write: reply, ask, note, forward."""

from services.tickets.domain.lifecycle import step
from services.tickets.domain.rights import admit, require_turn
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Tickets
from services.tickets.usecases.context import Asked, admitted, facts_of, record, words
from services.tickets.usecases.requester import answer_the_office
from shared.contracts.desk import Desk
from shared.core.errors import ImpossibleValue
from shared.policy.permissions import holder_of
from shared.text.addresses import NotAnAddress, clean_address, mail_address


async def reply(tickets: Tickets, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Write to the requester; the state stays. Who owns a child's parent, and not the child, answers the child's office instead."""
    ticket, parent = await tickets.get_with_parent(number)
    parent_owner = holder_of(desk, parent) if parent else None
    if parent_owner == asked.caller.identity != holder_of(desk, ticket):
        return await answer_the_office(tickets, desk, child=ticket, parent=parent, body=body, asked=asked)
    roles = admit(desk, ticket, asked.caller, "reply", parent_owner=parent_owner)
    written = words(body, field="body")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="reply")
    state = step(ticket.state, "reply", await facts_of(tickets, desk, ticket))
    return await record(tickets, ticket, ticket.answered(body=written, actor=asked.actor, state=state, at=asked.now), asked=asked)


async def ask(tickets: Tickets, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Ask the requester something and wait for the answer."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="ask", asked=asked)
    written = words(body, field="body")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="ask")
    state = step(ticket.state, "ask", await facts_of(tickets, desk, ticket))
    return await record(tickets, ticket, ticket.question_asked(body=written, actor=asked.actor, state=state, at=asked.now), asked=asked)


async def note(tickets: Tickets, desk: Desk, *, number: str, body: str, asked: Asked) -> Ticket:
    """Add an internal note, in any state."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="note", asked=asked)
    written = words(body, field="body")
    require_turn(desk, ticket, roles, state=ticket.state, trigger="note")
    step(ticket.state, "note", await facts_of(tickets, desk, ticket))
    return await record(tickets, ticket, ticket.noted(body=written, actor=asked.actor, at=asked.now), asked=asked)


async def forward(tickets: Tickets, desk: Desk, *, number: str, to: str, body: str, asked: Asked) -> Ticket:
    """Send words about the ticket to an outside address. Raises ImpossibleValue where `to` is no mail address."""
    ticket, roles = await admitted(tickets, desk, number=number, trigger="forward", asked=asked)
    written = words(body, field="body")
    recipient = clean_address(to)
    try:
        mail_address(recipient, everywhere=True)
    except NotAnAddress as error:
        raise ImpossibleValue("to", "not_an_address", to) from error
    require_turn(desk, ticket, roles, state=ticket.state, trigger="forward")
    step(ticket.state, "forward", await facts_of(tickets, desk, ticket))
    change = ticket.forwarded(to=recipient, body=written, actor=asked.actor, at=asked.now)
    return await record(tickets, ticket, change, asked=asked)
