"""What a command says beside its envelope: one typed payload for the command, the API's body and a
page's form.

Here are the types of fields and the payloads of several commands; the others stand beside their
commands.

A payload takes a text that is empty once it is clean, because tickets refuses that after the
rights. The portal refuses it before (see `services.portal.api.bodies`). The API publishes the names
of these classes as those of its bodies.
"""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.fields import FieldInfo

from shared.contracts.desk import FieldName
from shared.contracts.values import WholeNumber
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
Answers = Annotated[dict[FieldName, AnswerText | WholeNumber | float | bool], Field(max_length=100)]


class NumberAsWritten:
    """Marks a ticket number that people write or paste in many ways; the portal reads it."""


def holds_number(field: FieldInfo) -> bool:
    """Return whether `field` holds a ticket number as people write it."""
    return any(isinstance(mark, NumberAsWritten) for mark in field.metadata)


TicketNumber = Annotated[str, Cleaned(clean_line, 40), NumberAsWritten()]


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


class ReasonGiven(Payload):
    reason: Reason
