"""What operators and requesters ask of the tickets service. Each is answered with an `Outcome`."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.commands.base import Command
from shared.contracts.contacts import EmailAddress, PersonName
from shared.contracts.events.intake import Answer
from shared.text.addresses import clean_address
from shared.text.cleaning import clean_line, clean_text
from shared.text.fields import LONGEST_REASON, LONGEST_SUBJECT, LONGEST_TEXT, Cleaned, Remark

# What is empty once it is clean, tickets refuses after the rights.
Body = Annotated[str, Field(min_length=1), Cleaned(clean_text, LONGEST_TEXT, may_be_empty=True)]
Reason = Annotated[str, Field(min_length=1), Cleaned(clean_text, LONGEST_REASON, may_be_empty=True)]
Subject = Annotated[str, Field(min_length=1), Cleaned(clean_line, LONGEST_SUBJECT, may_be_empty=True)]


class TicketCommand(Command):
    """A command about the ticket `number`.

    `expected_version` is the version that the caller has read: the command is refused where somebody else has added something since that
    the caller may see, as ChangedSince, or as PreconditionFailed where the version `is_precondition` (HTTP's If-Match).
    """

    number: str
    expected_version: Annotated[int, Field(ge=1)] | None = None
    is_precondition: bool = False


class Take(TicketCommand):
    """Become the owner."""

    NAME: ClassVar[str] = "tickets.take"


class Release(TicketCommand):
    """Give the ticket back to its queue."""

    NAME: ClassVar[str] = "tickets.release"


class Assign(TicketCommand):
    """Make `operator` the owner."""

    NAME: ClassVar[str] = "tickets.assign"

    operator: str
    reason: Remark | None = None


class SetResponsible(TicketCommand):
    """Make `operator` the responsible."""

    NAME: ClassVar[str] = "tickets.responsible"

    operator: str
    reason: Remark | None = None


class Move(TicketCommand):
    """Send the ticket to another queue."""

    NAME: ClassVar[str] = "tickets.move"

    queue: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Remark | None = None


class Escalate(TicketCommand):
    """Give the ticket to the next level."""

    NAME: ClassVar[str] = "tickets.escalate"

    reason: Reason


class Postpone(TicketCommand):
    """Put the ticket off until a later time."""

    NAME: ClassVar[str] = "tickets.postpone"

    until: AwareDatetime


class Resume(TicketCommand):
    """Open a postponed ticket before its time."""

    NAME: ClassVar[str] = "tickets.resume"


class SetPriority(TicketCommand):
    """Make the ticket more or less urgent."""

    NAME: ClassVar[str] = "tickets.priority"

    priority: Annotated[int, Field(ge=1, le=5)]


class Reply(TicketCommand):
    """Write to the requester; the ticket stays as it is."""

    NAME: ClassVar[str] = "tickets.reply"

    body: Body


class Ask(TicketCommand):
    """Ask the requester something; the ticket waits for the answer."""

    NAME: ClassVar[str] = "tickets.ask"

    body: Body


class AddNote(TicketCommand):
    """Add an internal note."""

    NAME: ClassVar[str] = "tickets.note"

    body: Body


class Close(TicketCommand):
    """End the ticket with its final answer."""

    NAME: ClassVar[str] = "tickets.close"

    outcome: Literal["successful", "unsuccessful"]
    answer: Body


class Reopen(TicketCommand):
    """Open a closed ticket again."""

    NAME: ClassVar[str] = "tickets.reopen"

    reason: Reason


class RequesterReply(TicketCommand):
    """The requester writes."""

    NAME: ClassVar[str] = "tickets.requester-reply"

    body: Body


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


class GuestConfirm(GuestCommand):
    """The link was opened, so it reached its requester: their address is confirmed from now on."""

    NAME: ClassVar[str] = "tickets.guest-confirm"


class GuestReply(GuestCommand):
    """The requester writes, by the link."""

    NAME: ClassVar[str] = "tickets.guest-reply"

    body: Body


class GuestWithdraw(GuestCommand):
    """The requester takes the request back, by the link."""

    NAME: ClassVar[str] = "tickets.guest-withdraw"


class OpenChild(TicketCommand):
    """Open a child of this ticket, in `queue` or where the rules send children of `request_type`: exactly one of the two.

    `fields` is all that the child carries. Answered with the child.
    """

    NAME: ClassVar[str] = "tickets.open-child"

    queue: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    request_type: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    subject: Subject
    body: Body
    fields: dict[str, Answer] = {}


class Bounce(TicketCommand):
    """Send a child back to its parent's owner."""

    NAME: ClassVar[str] = "tickets.bounce"

    reason: Reason


class Resend(TicketCommand):
    """Send a returned child again, with more or other answers."""

    NAME: ClassVar[str] = "tickets.resend"

    fields: dict[str, Answer] = {}
    body: Body


class Withdraw(TicketCommand):
    """Take a child back: its parent's owner needs it no more."""

    NAME: ClassVar[str] = "tickets.withdraw"


class DecideStep(TicketCommand):
    """Say how a recipe goes on after the step `step` ended unsuccessfully."""

    NAME: ClassVar[str] = "tickets.decide-step"

    step: Annotated[str, Field(min_length=1, max_length=60)]
    decision: Literal["continue", "stop"]


class Watch(TicketCommand):
    """Be told of what happens to the ticket."""

    NAME: ClassVar[str] = "tickets.watch"


class Unwatch(TicketCommand):
    """Be told no more."""

    NAME: ClassVar[str] = "tickets.unwatch"


class Share(TicketCommand):
    """Let somebody read the ticket as its requester does."""

    NAME: ClassVar[str] = "tickets.share"

    name: PersonName
    email: EmailAddress


class Unshare(TicketCommand):
    """Let whoever has this address read it no more."""

    NAME: ClassVar[str] = "tickets.unshare"

    email: EmailAddress


class RequesterShare(Share):
    """The requester lets somebody read the request."""

    NAME: ClassVar[str] = "tickets.requester-share"


class RequesterUnshare(Unshare):
    """The requester lets somebody read it no more."""

    NAME: ClassVar[str] = "tickets.requester-unshare"


class Forward(TicketCommand):
    """Send words about the ticket to an outside address."""

    NAME: ClassVar[str] = "tickets.forward"

    to: Annotated[str, Field(min_length=1), Cleaned(clean_address, 320, may_be_empty=True)]
    body: Body
