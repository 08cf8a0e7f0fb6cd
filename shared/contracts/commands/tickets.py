"""What operators and requesters ask of the tickets service. Each is answered with an `Outcome`."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.commands.base import Command
from shared.contracts.commands.payloads import (
    BodyGiven,
    ChildGiven,
    CloseGiven,
    DecideGiven,
    ForwardGiven,
    MoveGiven,
    Nothing,
    OperatorGiven,
    Payload,
    PostponeGiven,
    PriorityGiven,
    ReasonGiven,
    ResendGiven,
    ShareGiven,
    UnshareGiven,
)


class TicketCommand(Command):
    """A command about the ticket `number`.

    `expected_version` is the version that the caller has read: the command is refused where somebody else has added something since that
    the caller may see, as ChangedSince, or as PreconditionFailed where the version `is_precondition` (HTTP's If-Match).
    """

    number: str
    expected_version: Annotated[int, Field(ge=1)] | None = None
    is_precondition: bool = False


def payload_of(command: type[TicketCommand]) -> type[Payload]:
    """Return the class of what `command` says beside its envelope."""
    for base in command.__mro__:
        if issubclass(base, Payload) and not issubclass(base, Command) and base is not Payload:
            return base
    return Nothing


class Take(TicketCommand):
    """Become the owner."""

    NAME: ClassVar[str] = "tickets.take"


class Release(TicketCommand):
    """Give the ticket back to its queue."""

    NAME: ClassVar[str] = "tickets.release"


class Assign(OperatorGiven, TicketCommand):
    """Make `operator` the owner."""

    NAME: ClassVar[str] = "tickets.assign"


class SetResponsible(OperatorGiven, TicketCommand):
    """Make `operator` the responsible."""

    NAME: ClassVar[str] = "tickets.responsible"


class Move(MoveGiven, TicketCommand):
    """Send the ticket to another queue."""

    NAME: ClassVar[str] = "tickets.move"


class Escalate(ReasonGiven, TicketCommand):
    """Give the ticket to the next level."""

    NAME: ClassVar[str] = "tickets.escalate"


class Postpone(PostponeGiven, TicketCommand):
    """Put the ticket off until a later time."""

    NAME: ClassVar[str] = "tickets.postpone"


class Resume(TicketCommand):
    """Open a postponed ticket before its time."""

    NAME: ClassVar[str] = "tickets.resume"


class SetPriority(PriorityGiven, TicketCommand):
    """Make the ticket more or less urgent."""

    NAME: ClassVar[str] = "tickets.priority"


class Reply(BodyGiven, TicketCommand):
    """Write to the requester; the ticket stays as it is."""

    NAME: ClassVar[str] = "tickets.reply"


class Ask(BodyGiven, TicketCommand):
    """Ask the requester something; the ticket waits for the answer."""

    NAME: ClassVar[str] = "tickets.ask"


class AddNote(BodyGiven, TicketCommand):
    """Add an internal note."""

    NAME: ClassVar[str] = "tickets.note"


class Close(CloseGiven, TicketCommand):
    """End the ticket with its final answer."""

    NAME: ClassVar[str] = "tickets.close"


class Reopen(ReasonGiven, TicketCommand):
    """Open a closed ticket again."""

    NAME: ClassVar[str] = "tickets.reopen"


class RequesterReply(BodyGiven, TicketCommand):
    """The requester writes."""

    NAME: ClassVar[str] = "tickets.requester-reply"


class RequesterWithdraw(TicketCommand):
    """The requester takes the request back."""

    NAME: ClassVar[str] = "tickets.requester-withdraw"


class GuestCommand(TicketCommand):
    """A command of somebody without an account, who came by the signed link of the ticket `ticket_id`.

    The portal read that id in the link, so the caller is the ticket's requester and reaches no other ticket, whatever `number`
    says. `caller` has no identity. `confirms`: the link was mailed to the requester's address, so that address is theirs; else
    an operator had it sent to another one, and the requester's stays as sure as it is.
    """

    ticket_id: UUID
    confirms: bool = True


ENVELOPE = frozenset(GuestCommand.model_fields) - {"expected_version"}
"""The fields of commands that nobody fills in: the portal knows them."""


class GuestConfirm(GuestCommand):
    """The link was opened, so it reached its requester: their address is confirmed from now on."""

    NAME: ClassVar[str] = "tickets.guest-confirm"


class GuestReply(BodyGiven, GuestCommand):
    """The requester writes, by the link."""

    NAME: ClassVar[str] = "tickets.guest-reply"


class GuestWithdraw(GuestCommand):
    """The requester takes the request back, by the link."""

    NAME: ClassVar[str] = "tickets.guest-withdraw"


class OpenChild(ChildGiven, TicketCommand):
    """Open a child of this ticket, in `queue` or where the rules send children of `request_type`: exactly one of the two.

    `fields` is all that the child carries. Answered with the child.
    """

    NAME: ClassVar[str] = "tickets.open-child"


class Bounce(ReasonGiven, TicketCommand):
    """Send a child back to its parent's owner."""

    NAME: ClassVar[str] = "tickets.bounce"


class Resend(ResendGiven, TicketCommand):
    """Send a returned child again, with more or other answers."""

    NAME: ClassVar[str] = "tickets.resend"


class Withdraw(TicketCommand):
    """Take a child back: its parent's owner needs it no more."""

    NAME: ClassVar[str] = "tickets.withdraw"


class DecideStep(DecideGiven, TicketCommand):
    """Say how a recipe goes on after the step `step` ended unsuccessfully."""

    NAME: ClassVar[str] = "tickets.decide-step"


class Watch(TicketCommand):
    """Be told of what happens to the ticket."""

    NAME: ClassVar[str] = "tickets.watch"


class Unwatch(TicketCommand):
    """Be told no more."""

    NAME: ClassVar[str] = "tickets.unwatch"


class Share(ShareGiven, TicketCommand):
    """Let somebody read the ticket as its requester does."""

    NAME: ClassVar[str] = "tickets.share"


class Unshare(UnshareGiven, TicketCommand):
    """Let whoever has this address read it no more."""

    NAME: ClassVar[str] = "tickets.unshare"


class RequesterShare(Share):
    """The requester lets somebody read the request."""

    NAME: ClassVar[str] = "tickets.requester-share"


class RequesterUnshare(Unshare):
    """The requester lets somebody read it no more."""

    NAME: ClassVar[str] = "tickets.requester-unshare"


class Forward(ForwardGiven, TicketCommand):
    """Send words about the ticket to an outside address."""

    NAME: ClassVar[str] = "tickets.forward"
