"""What operators ask about two tickets: links, merging, and taking a merge or a move back."""

from typing import ClassVar

from shared.contracts.commands.payloads import LinkGiven, MergeGiven, UndoGiven, UnlinkGiven
from shared.contracts.commands.tickets import TicketCommand


class SetLink(LinkGiven, TicketCommand):
    """Refer to another ticket."""

    NAME: ClassVar[str] = "tickets.link"


class Unlink(UnlinkGiven, TicketCommand):
    """Stop referring to another ticket."""

    NAME: ClassVar[str] = "tickets.unlink"


class Merge(MergeGiven, TicketCommand):
    """Make one of two tickets: `into` goes on."""

    NAME: ClassVar[str] = "tickets.merge"


class Undo(UndoGiven, TicketCommand):
    """Take back the merge or the move that made the ticket's `version`."""

    NAME: ClassVar[str] = "tickets.undo"
