"""What operators ask about two tickets: links, merging, and taking a merge or a move back."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.commands.tickets import TicketCommand


class SetLink(TicketCommand):
    """Refer to another ticket."""

    NAME: ClassVar[str] = "tickets.link"

    to: Annotated[str, Field(min_length=1, max_length=40)]
    kind: Literal["related", "duplicate"]


class Unlink(TicketCommand):
    """Stop referring to another ticket."""

    NAME: ClassVar[str] = "tickets.unlink"

    to: Annotated[str, Field(min_length=1, max_length=40)]


class Merge(TicketCommand):
    """Make one of two tickets: `into` goes on."""

    NAME: ClassVar[str] = "tickets.merge"

    into: Annotated[str, Field(min_length=1, max_length=40)]


class Undo(TicketCommand):
    """Take back the merge or the move that made the ticket's `version`."""

    NAME: ClassVar[str] = "tickets.undo"

    version: Annotated[int, Field(ge=1)]
