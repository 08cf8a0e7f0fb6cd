"""Mails about a ticket: those that failed, and those that its requester asks for."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from services.tickets.domain.changes import Change
from services.tickets.domain.record import Undelivered
from services.tickets.domain.ticket import Ticket
from shared.contracts.events import guests, mails
from shared.contracts.events.notify import DeliveryFailed
from shared.contracts.people import SYSTEM, Actor


def requester_confirmed(ticket: Ticket, *, actor: Actor, at: datetime) -> Change:
    """Have a requester whose address is confirmed."""
    before = ticket.requester.assurance
    ticket.requester = ticket.requester.model_copy(update={"assurance": "confirmed"})
    changes = {"assurance": (before, "confirmed")}
    return ticket.changed(guests.RequesterConfirmed, at=at, actor=actor, of_others=changes)


def link_asked(ticket: Ticket, *, at: datetime) -> Change:
    """Have its link mailed to its requester again; who asked for that is not known."""
    return ticket.changed(guests.GuestLinkAsked, at=at, actor=Actor())


def failure_of(ticket: Ticket, delivery_id: UUID) -> Undelivered | None:
    """Return what is known of the failure of a delivery, None where it never failed."""
    return next((each for each in ticket.undelivered if each.delivery_id == delivery_id), None)


def mail_failed(ticket: Ticket, delivery: DeliveryFailed, *, at: datetime) -> Change:
    """Have a mail that did not arrive."""
    failed = Undelivered(
        delivery.delivery_id,
        delivery.version,
        delivery.article_id,
        delivery.kind,
        delivery.recipient,
    )
    _keep(ticket, failed)
    tell = partial(
        mails.TicketUndelivered,
        delivery_id=failed.delivery_id,
        article_id=failed.article_id,
        kind=failed.kind,
        to=failed.to,
    )
    history = {"delivery": (None, str(failed.delivery_id)), "to": (None, failed.to)}
    return ticket.changed(tell, at=at, actor=SYSTEM, reason=delivery.reason, of_others=history)


def mail_resent(
    ticket: Ticket, failed: Undelivered, *, to: str, actor: Actor, at: datetime
) -> Change:
    """Have a mail that did not arrive sent again to the address `to`."""
    _keep(ticket, replace(failed, to=to, is_resent=True))
    tell = partial(mails.TicketMailResent, delivery_id=failed.delivery_id, to=to)
    history = {"delivery": (None, str(failed.delivery_id)), "to": (failed.to, to)}
    return ticket.changed(tell, at=at, actor=actor, reason=to, of_others=history)


def _keep(ticket: Ticket, failed: Undelivered) -> None:
    others = (each for each in ticket.undelivered if each.delivery_id != failed.delivery_id)
    ticket.undelivered = (*others, failed)
