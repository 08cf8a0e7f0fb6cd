"""What tickets says about requesters without an account, who reach one request by a mailed link."""

from typing import ClassVar

from shared.contracts.events.tickets import TicketEvent


class RequesterConfirmed(TicketEvent):
    """The requester opened the link in a mail, so their address is confirmed (`assurance`).

    It is confirmed on the children, too. When: once per ticket. Nobody is notified.
    """

    NAME: ClassVar[str] = "tickets.ticket.requester-confirmed.v1"


class GuestLinkAsked(TicketEvent):
    """Somebody who gave the ticket's number and the requester's address asked for its link again.

    Notify mails it to the requester. No operator is notified.
    """

    NAME: ClassVar[str] = "tickets.ticket.link-asked.v1"
