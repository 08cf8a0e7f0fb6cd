"""What operators and requesters ask of the tickets service. Each is answered with an `Outcome`."""

import re
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from shared.contracts.commands.base import Command
from shared.contracts.commands.payloads import (
    Address,
    Answers,
    BodyGiven,
    FormName,
    Nothing,
    OperatorGiven,
    Payload,
    Queue,
    ReasonGiven,
    Subject,
    Text,
)
from shared.contracts.contacts import EmailAddress, PersonName
from shared.text.fields import Remark

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


class TicketCommand(Command):
    """A command about the ticket `number`.

    `expected_version` is the version that the caller has read: the command is refused where
    somebody else has added something since that the caller may see, as ChangedSince, or as
    PreconditionFailed where the version `is_precondition` (HTTP's If-Match).
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


class MoveGiven(Payload):
    """A queue, and optionally why."""

    queue: Queue
    reason: Remark | None = None


class Move(MoveGiven, TicketCommand):
    """Send the ticket to another queue."""

    NAME: ClassVar[str] = "tickets.move"


class Escalate(ReasonGiven, TicketCommand):
    """Give the ticket to the next level."""

    NAME: ClassVar[str] = "tickets.escalate"


def _written_as_time(value: object) -> object:
    """Return `value` if it is a time or a text that begins with a date.

    pydantic takes a bare number for seconds since 1970.
    """
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE.match(value)):
        return value
    raise PydanticCustomError("datetime_type", "not a time")


class PostponeGiven(Payload):
    """A time to come, RFC 3339 with its offset."""

    until: Annotated[AwareDatetime, BeforeValidator(_written_as_time)]


class Postpone(PostponeGiven, TicketCommand):
    """Put the ticket off until a later time."""

    NAME: ClassVar[str] = "tickets.postpone"


class Resume(TicketCommand):
    """Open a postponed ticket before its time."""

    NAME: ClassVar[str] = "tickets.resume"


class PriorityGiven(Payload):
    """1 very low ... 5 very high."""

    priority: Annotated[int, Field(ge=1, le=5, strict=True)]


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


class CloseGiven(Payload):
    outcome: Literal["successful", "unsuccessful"]
    answer: Text


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


class ChildGiven(Payload):
    """Where the child goes (exactly one of `queue` and `request_type`), what is asked there, and
    all the answers that it carries.
    """

    queue: Queue | None = None
    request_type: FormName | None = Field(default=None, validate_default=True)
    subject: Subject
    body: Text
    fields: Answers = {}


class OpenChild(ChildGiven, TicketCommand):
    """Open a child of this ticket, in `queue` or where the rules send children of `request_type`:
    exactly one of the two.

    `fields` is all that the child carries. Answered with the child.
    """

    NAME: ClassVar[str] = "tickets.open-child"


class Bounce(ReasonGiven, TicketCommand):
    """Send a child back to its parent's owner."""

    NAME: ClassVar[str] = "tickets.bounce"


class ResendGiven(Payload):
    """More or other answers, and what is said with them."""

    fields: Answers = {}
    body: Text


class Resend(ResendGiven, TicketCommand):
    """Send a returned child again, with more or other answers."""

    NAME: ClassVar[str] = "tickets.resend"


class Withdraw(TicketCommand):
    """Take a child back: its parent's owner needs it no more."""

    NAME: ClassVar[str] = "tickets.withdraw"


class DecideGiven(Payload):
    """How a recipe goes on after its step `step` ended unsuccessfully."""

    step: FormName
    decision: Literal["continue", "stop"]


class DecideStep(DecideGiven, TicketCommand):
    """Say how a recipe goes on after the step `step` ended unsuccessfully."""

    NAME: ClassVar[str] = "tickets.decide-step"


class Watch(TicketCommand):
    """Be told of what happens to the ticket."""

    NAME: ClassVar[str] = "tickets.watch"


class Unwatch(TicketCommand):
    """Be told no more."""

    NAME: ClassVar[str] = "tickets.unwatch"


class ShareGiven(Payload):
    """Who may read a ticket as its requester does."""

    name: PersonName
    email: EmailAddress


class Share(ShareGiven, TicketCommand):
    """Let somebody read the ticket as its requester does."""

    NAME: ClassVar[str] = "tickets.share"


class UnshareGiven(Payload):
    """By the address, who may read a ticket no more."""

    email: EmailAddress


class Unshare(UnshareGiven, TicketCommand):
    """Let whoever has this address read it no more."""

    NAME: ClassVar[str] = "tickets.unshare"


class RequesterShare(Share):
    """The requester lets somebody read the request."""

    NAME: ClassVar[str] = "tickets.requester-share"


class RequesterUnshare(Unshare):
    """The requester lets somebody read it no more."""

    NAME: ClassVar[str] = "tickets.requester-unshare"


class ForwardGiven(Payload):
    """An outside address, and what is written there."""

    to: Address
    body: Text


class Forward(ForwardGiven, TicketCommand):
    """Send words about the ticket to an outside address."""

    NAME: ClassVar[str] = "tickets.forward"
