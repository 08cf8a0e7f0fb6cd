"""What tickets says about requesters without an account, who reach one request by the link in its mails."""

from typing import ClassVar

from shared.contracts.events.tickets import TicketEvent


class RequesterConfirmed(TicketEvent):
    """The link that was mailed to the requester was opened: the requester's address is confirmed (`assurance`), the children's too.

    When: once per ticket. Who cares: portal (the request joins those of a person with that address). Nobody is notified.
    """

    NAME: ClassVar[str] = "tickets.ticket.requester-confirmed.v1"


class GuestLinkAsked(TicketEvent):
    """Somebody who gave the ticket's number and the requester's address wants its link again.

    Who cares: notify (mails it to the requester), portal. No operator is notified.
    """

    NAME: ClassVar[str] = "tickets.ticket.link-asked.v1"
