"""What a command says beside its envelope: one typed payload for the command, the API's body and a page's form.

A payload takes a text that is empty once it is clean, because tickets refuses that after the rights.
The portal refuses it before (see `services.portal.api.bodies`). The API publishes the names of these
classes as those of its bodies.
"""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from shared.contracts.contacts import EmailAddress, PersonName
from shared.contracts.desk import FieldName
from shared.text.addresses import clean_address
from shared.text.cleaning import clean_line, clean_text
from shared.text.fields import (
    LONGEST_REASON,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    AnswerText,
    Cleaned,
    Remark,
)

_SOME = Field(min_length=1)
Text = Annotated[str, _SOME, Cleaned(clean_text, LONGEST_TEXT, may_be_empty=True)]
Reason = Annotated[str, _SOME, Cleaned(clean_text, LONGEST_REASON, may_be_empty=True)]
Subject = Annotated[str, _SOME, Cleaned(clean_line, LONGEST_SUBJECT, may_be_empty=True)]
Address = Annotated[str, _SOME, Cleaned(clean_address, 320, may_be_empty=True)]
Identity = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Queue = Annotated[str, StringConstraints(min_length=1, max_length=200)]
FormName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Answers = Annotated[dict[FieldName, AnswerText | int | float | bool], Field(max_length=100)]


class NumberAsWritten:
    """Marks a ticket number that people write or paste in many ways; the portal reads it."""


def holds_number(field: FieldInfo) -> bool:
    """Return whether `field` holds a ticket number as people write it."""
    return any(isinstance(mark, NumberAsWritten) for mark in field.metadata)


TicketNumber = Annotated[str, Cleaned(clean_line, 40), NumberAsWritten()]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def _written_as_time(value: object) -> object:
    """Return `value` if it is a time or a text that begins with a date.

    pydantic takes a bare number for seconds since 1970.
    """
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE.match(value)):
        return value
    raise PydanticCustomError("datetime_type", "not a time")


class Payload(BaseModel):
    """The base of all payloads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Payload):
    """No body, or an empty object."""


class OperatorGiven(Payload):
    """An operator, and optionally why."""

    operator: Identity
    reason: Remark | None = None


class BodyGiven(Payload):
    body: Text


class CloseGiven(Payload):
    outcome: Literal["successful", "unsuccessful"]
    answer: Text


class ReasonGiven(Payload):
    reason: Reason


class MoveGiven(Payload):
    """A queue, and optionally why."""

    queue: Queue
    reason: Remark | None = None


class PostponeGiven(Payload):
    """A time to come, RFC 3339 with its offset."""

    until: Annotated[AwareDatetime, BeforeValidator(_written_as_time)]


class PriorityGiven(Payload):
    """1 very low ... 5 very high."""

    priority: Annotated[int, Field(ge=1, le=5, strict=True)]


class ChildGiven(Payload):
    """Where the child goes (exactly one of `queue` and `request_type`), what is asked there, and all the answers that it carries."""

    queue: Queue | None = None
    request_type: FormName | None = Field(default=None, validate_default=True)
    subject: Subject
    body: Text
    fields: Answers = {}


class ResendGiven(Payload):
    """More or other answers, and what is said with them."""

    fields: Answers = {}
    body: Text


class MergeGiven(Payload):
    """The number of the ticket that goes on."""

    into: TicketNumber


class LinkGiven(Payload):
    """The number of another ticket, and what it is to this one."""

    to: TicketNumber
    kind: Literal["related", "duplicate"]


class UnlinkGiven(Payload):
    """The number of a ticket that this one is linked to."""

    to: TicketNumber


class ShareGiven(Payload):
    """Who may read a ticket as its requester does."""

    name: PersonName
    email: EmailAddress


class UnshareGiven(Payload):
    """By the address, who may read a ticket no more."""

    email: EmailAddress


class ForwardGiven(Payload):
    """An outside address, and what is written there."""

    to: Address
    body: Text


class UndoGiven(Payload):
    """The version that a merge or a move made."""

    version: Annotated[int, Field(ge=1, lt=2**31, strict=True)]


class DecideGiven(Payload):
    """How a recipe goes on after its step `step` ended unsuccessfully."""

    step: FormName
    decision: Literal["continue", "stop"]


class MailAgainGiven(Payload):
    """Where a failed mail goes now; left out, to the address that it had."""

    to: EmailAddress | None = None
