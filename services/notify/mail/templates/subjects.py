"""The one subject of all mails about a ticket."""

from services.notify.domain.words import numbered, one_line
from services.notify.mail.templates.values import form_title
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import TicketState


def thread_subject(desk: Desk, ticket: TicketState) -> str:
    """Return the subject of every mail about `ticket`, to whomever: mail programs group mails by it.

    It never changes, so a request that came without signing in keeps the title of its form also once the address has
    been confirmed. A child is worded by an operator and has its own subject.
    """
    if ticket.parent_id is not None or ticket.requester.assurance == "signed_in":
        return numbered(ticket.number, one_line(ticket.subject))
    return numbered(ticket.number, form_title(desk, ticket.request_type, ticket.language))
