"""What the API takes: the bodies of its calls. Those of commands are made of the payloads."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Optional, TypeVar, cast
from uuid import UUID

from fastapi import Body
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from services.portal.domain.search_words import number_in
from shared.contracts.commands.payloads import (
    BodyGiven,
    Identity,
    Nothing,
    Payload,
    TicketNumber,
    holds_number,
)
from shared.contracts.commands.tickets import ChildGiven
from shared.contracts.events.notify import MailRhythm, NoticeKind
from shared.policy.actions.action import Action
from shared.policy.actions.registry import actions_of
from shared.text.fields import LONGEST_SUBJECT

T = TypeVar("T")

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


NumberGiven = Annotated[TicketNumber, BeforeValidator(_read_number)]
"""A ticket number, also as mails and people write it: `[Ticket#2026113010000758] Subject`, `2026
1130 1000 0758`.
"""


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CommandBody(Given):
    """The base of the bodies that hold a command's payload.

    A number is read as people write it, and a text that must be there is refused where nothing is
    left of it.
    """

    @field_validator("*", mode="before", check_fields=False)
    @classmethod
    def _read(cls, given: object, info: ValidationInfo) -> object:
        is_number = info.field_name is not None and holds_number(cls.model_fields[info.field_name])
        return _read_number(given) if is_number else given

    @field_validator("*", check_fields=False)
    @classmethod
    def _has_text(cls, value: object, info: ValidationInfo) -> object:
        if (
            value == ""
            and info.field_name is not None
            and cls.model_fields[info.field_name].is_required()
        ):
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        return value


class CommandGiven(CommandBody):
    """What operators may say with every command to one ticket."""

    expected_version: Annotated[int, Field(ge=1, lt=2**31, strict=True)] | None = Field(
        default=None,
        description=(
            "The version that was read: 409 (`changed-since`, with what came) if somebody else "
            "has added something since that the caller "
            "may see. The caller's own changes and notices of the system do not count."
        ),
    )


class SessionGiven(Given):
    identity: Identity


class _OneGoal(BaseModel):
    """For `ChildGiven`: a child goes to a queue or where the rules say, which is checked before
    tickets is asked.
    """

    @field_validator("request_type", check_fields=False)
    @classmethod
    def _exactly_one(cls, request_type: str | None, info: ValidationInfo) -> str | None:
        if "queue" in info.data and (info.data["queue"] is None) == (request_type is None):
            raise PydanticCustomError("exactly_one", "exactly one of queue and request_type")
        return request_type


_PUBLISHED: Mapping[tuple[type[Payload], bool], tuple[str, str]] = {
    (Nothing, True): (
        "NothingButVersion",
        "No body, an empty object, or the version that was read.",
    ),
    (BodyGiven, False): ("ReplyGiven", "What the requester writes."),
}
"""Names and descriptions of bodies that the API published otherwise than the payload has them.

The key is the payload, and whether the body also takes the version that was read."""
_OF_REQUESTERS = frozenset(action.payload for action in actions_of("requester").values())


def body_of(action: Action) -> type[CommandBody]:
    """Return the body of the API's call for `action`: its payload; a requester gives no version."""
    return _body_of(action.payload, action.audience != "requester")


@cache
def _body_of(payload: type[Payload], is_versioned: bool) -> type[CommandBody]:
    name, about = _named(payload, is_versioned)
    goal = (_OneGoal,) if payload is ChildGiven else ()
    base = CommandGiven if is_versioned else CommandBody
    bases: Any = (payload, *goal, base)
    return cast("type[CommandBody]", create_model(name, __base__=bases, __doc__=about))


def _named(payload: type[Payload], is_versioned: bool) -> tuple[str, str | None]:
    """Return the name and the description of a body: an operator's is told from a requester's with
    the same payload.
    """
    known = _PUBLISHED.get((payload, is_versioned))
    if known is not None:
        return known
    name, about = payload.__name__, payload.__doc__
    if is_versioned and payload in _OF_REQUESTERS and (payload, False) not in _PUBLISHED:
        return name.replace(
            "Given", "CommandGiven"
        ), f"{(about or '').rstrip('.')}, as an operator says it."
    return name, about


def takes_body(route: Callable[..., T], action: Action) -> Callable[..., T]:
    """Return `route` with the body of `action` as its parameter `given`, where FastAPI looks for
    it.

    A body without anything that must be there may be left out.
    """
    body = body_of(action)
    is_needed = any(field.is_required() for field in body.model_fields.values())
    signature = inspect.signature(route)
    wanted = body if is_needed else Optional[body]  # noqa: UP045
    given = inspect.Parameter(
        "given",
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if is_needed else None,
        annotation=Annotated[wanted, Body()],
    )
    others = [each for name, each in signature.parameters.items() if name != "given"]
    made = signature.replace(parameters=[*others, given])
    route.__signature__ = made  # type: ignore[attr-defined]
    return route


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
    """One action on many tickets; beside `numbers` and `action` stands what the body of that action
    has.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    numbers: Annotated[
        list[NumberGiven],
        Field(min_length=1, json_schema_extra={"maxItems": MOST_TICKETS}),
        AfterValidator(_not_too_many),
        AfterValidator(_distinct),
    ]
    action: str
