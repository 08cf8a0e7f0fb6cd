"""What the API takes: the bodies of its calls."""

import re
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from services.portal.domain.words import number_in
from shared.contracts.contacts import EmailAddress, PersonName
from shared.contracts.desk import FieldName
from shared.contracts.events.notify import MailRhythm, NoticeKind
from shared.text.addresses import clean_address
from shared.text.cleaning import clean_line
from shared.text.fields import LONGEST_SUBJECT, AnswerText, Body, Cleaned, Reason, Remark, Subject

T = TypeVar("T")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")

MOST_TICKETS = 500
"""So many tickets can be acted on at once, from a list as by the API."""
MOST_NOTICES = 200
"""So many notices can be marked as read one by one."""


def _distinct(values: list[T]) -> list[T]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("not_distinct", "the same value twice")
    return values


def _not_too_many(values: list[T]) -> list[T]:
    if len(values) > MOST_TICKETS:
        raise PydanticCustomError("too_many_tickets", "too many tickets", {"most": MOST_TICKETS})
    return values


def _read_number(given: object) -> object:
    return number_in(given) if isinstance(given, str) and len(given) <= LONGEST_SUBJECT else given


NumberGiven = Annotated[str, BeforeValidator(_read_number), Cleaned(clean_line, 40)]
"""A ticket number, also as mails and people write it: `[Ticket#2026113010000758] Subject`, `2026 1130 1000 0758`."""
QueueGiven = Annotated[str, StringConstraints(min_length=1, max_length=200)]
AnswerGiven = AnswerText | int | float | bool
Answers = Annotated[dict[FieldName, AnswerGiven], Field(max_length=100)]
IdentityGiven = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CommandGiven(Given):
    """What operators may say with every command to one ticket."""

    expected_version: Annotated[int, Field(ge=1, lt=2**31, strict=True)] | None = Field(
        default=None,
        description=(
            "The version that was read: 409 (`changed-since`, with what came) if somebody else has added something since that the caller "
            "may see. The caller's own changes and notices of the system do not count."
        ),
    )


class MailAgainGiven(CommandGiven):
    """Where a failed mail goes now; left out, to the address that it had."""

    to: EmailAddress | None = None


class Nothing(Given):
    """No body, or an empty object."""


class NothingButVersion(CommandGiven):
    """No body, an empty object, or the version that was read."""


class SessionGiven(Given):
    identity: IdentityGiven


class OperatorGiven(CommandGiven):
    """An operator, and optionally why."""

    operator: IdentityGiven
    reason: Remark | None = None


class BodyGiven(CommandGiven):
    body: Body


class ReplyGiven(Given):
    """What the requester writes."""

    body: Body


class CloseGiven(CommandGiven):
    outcome: Literal["successful", "unsuccessful"]
    answer: Body


class ReasonGiven(CommandGiven):
    reason: Reason


class MoveGiven(CommandGiven):
    """A queue, and optionally why."""

    queue: QueueGiven
    reason: Remark | None = None


def _written_as_time(value: object) -> object:
    """Return `value` if it is a text that begins with a date; a bare number would be taken for seconds since 1970."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise PydanticCustomError("datetime_type", "not a time")
    return value


class PostponeGiven(CommandGiven):
    """A time to come, RFC 3339 with its offset."""

    until: Annotated[AwareDatetime, BeforeValidator(_written_as_time)]


class PriorityGiven(CommandGiven):
    """1 very low ... 5 very high."""

    priority: Annotated[int, Field(ge=1, le=5, strict=True)]


class ChildGiven(CommandGiven):
    """Where the child goes (exactly one of `queue` and `request_type`), what is asked there, and all the answers that it carries."""

    queue: QueueGiven | None = None
    request_type: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = Field(default=None, validate_default=True)
    subject: Subject
    body: Body
    fields: Answers = {}

    @field_validator("request_type")
    @classmethod
    def _exactly_one(cls, request_type: str | None, info: ValidationInfo) -> str | None:
        if "queue" in info.data and (info.data["queue"] is None) == (request_type is None):
            raise PydanticCustomError("exactly_one", "exactly one of queue and request_type")
        return request_type


class ResendGiven(CommandGiven):
    """More or other answers, and what is said with them."""

    fields: Answers = {}
    body: Body


class MergeGiven(CommandGiven):
    """The number of the ticket that goes on."""

    into: NumberGiven


class LinkGiven(CommandGiven):
    """The number of another ticket, and what it is to this one."""

    to: NumberGiven
    kind: Literal["related", "duplicate"]


class UnlinkGiven(CommandGiven):
    """The number of a ticket that this one is linked to."""

    to: NumberGiven


class ShareGiven(Given):
    """Who may read a ticket as its requester does."""

    name: PersonName
    email: EmailAddress


class UnshareGiven(Given):
    """By the address, who may read a ticket no more."""

    email: EmailAddress


class ShareCommandGiven(ShareGiven, CommandGiven):
    """Who may read a ticket as its requester does, as an operator says it."""


class UnshareCommandGiven(UnshareGiven, CommandGiven):
    """By the address, who may read a ticket no more, as an operator says it."""


class ForwardGiven(CommandGiven):
    """An outside address, and what is written there."""

    to: Annotated[str, Cleaned(clean_address, 320)]
    body: Body


class UndoGiven(CommandGiven):
    """The version that a merge or a move made."""

    version: Annotated[int, Field(ge=1, lt=2**31, strict=True)]


class DecideGiven(CommandGiven):
    """How a recipe goes on after its step `step` ended unsuccessfully."""

    step: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    decision: Literal["continue", "stop"]


class ReadGiven(Given):
    """Which notices were read: those with these ids, or all."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_NOTICES)] | None = None
    all: Literal[True] | None = Field(default=None, validate_default=True)

    @field_validator("all")
    @classmethod
    def _one_or_the_other(cls, everything: bool | None, info: ValidationInfo) -> bool | None:
        if "ids" in info.data and (info.data["ids"] is None) == (everything is None):
            raise PydanticCustomError("ids_or_all", "exactly one of ids and all")
        return everything


class PreferencesGiven(Given):
    """How an operator wants to be told from now on, whole."""

    rhythm: MailRhythm
    muted: Annotated[list[NoticeKind], AfterValidator(_distinct)] = []


class BulkGiven(BaseModel):
    """One action on many tickets; beside `numbers` and `action` stands what the body of that action has."""

    model_config = ConfigDict(extra="allow", frozen=True)

    numbers: Annotated[
        list[NumberGiven],
        Field(min_length=1, json_schema_extra={"maxItems": MOST_TICKETS}),
        AfterValidator(_not_too_many),
        AfterValidator(_distinct),
    ]
    action: str
