"""What people without an account ask of the tickets service, by the link in their mails."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.commands.payloads import BodyGiven
from shared.contracts.commands.tickets import TicketCommand


class GuestCommand(TicketCommand):
    """A command of somebody without an account, who came by the signed link of the ticket
    `ticket_id`.

    The portal read that id in the link, so the caller is the ticket's requester and reaches no
    other ticket, whatever `number` says. `caller` has no identity. `confirms`: the link was mailed
    to the requester's address, so that address is theirs; else an operator had it sent to another
    one, and the requester's stays as sure as it is.
    """

    ticket_id: UUID
    confirms: bool = True


class GuestConfirm(GuestCommand):
    """The link was opened, so it reached its requester: their address is confirmed from now on."""

    NAME: ClassVar[str] = "tickets.guest-confirm"


class GuestReply(BodyGiven, GuestCommand):
    """The requester writes, by the link."""

    NAME: ClassVar[str] = "tickets.guest-reply"


class GuestWithdraw(GuestCommand):
    """The requester takes the request back, by the link."""

    NAME: ClassVar[str] = "tickets.guest-withdraw"


ENVELOPE = frozenset(GuestCommand.model_fields) - {"expected_version"}
"""The fields of commands that nobody fills in: the portal knows them."""
