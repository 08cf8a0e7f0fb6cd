"""What operators ask about two tickets: links, merging, and taking a merge or a move back."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.commands.payloads import Payload, TicketNumber
from shared.contracts.commands.tickets import TicketCommand


class LinkGiven(Payload):
    """The number of another ticket, and what it is to this one."""

    to: TicketNumber
    kind: Literal["related", "duplicate"]


class SetLink(LinkGiven, TicketCommand):
    """Refer to another ticket."""

    NAME: ClassVar[str] = "tickets.link"


class UnlinkGiven(Payload):
    """The number of a ticket that this one is linked to."""

    to: TicketNumber


class Unlink(UnlinkGiven, TicketCommand):
    """Stop referring to another ticket."""

    NAME: ClassVar[str] = "tickets.unlink"


class MergeGiven(Payload):
    """The number of the ticket that goes on."""

    into: TicketNumber


class Merge(MergeGiven, TicketCommand):
    """Make one of two tickets: `into` goes on."""

    NAME: ClassVar[str] = "tickets.merge"


class UndoGiven(Payload):
    """The version that a merge or a move made."""

    version: Annotated[int, Field(ge=1, lt=2**31, strict=True)]


class Undo(UndoGiven, TicketCommand):
    """Take back the merge or the move that made the ticket's `version`."""

    NAME: ClassVar[str] = "tickets.undo"
