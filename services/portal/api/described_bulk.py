"""Describe the bulk call in the OpenAPI document: one body for each action, told apart by
`action`.
"""

import operator
from functools import reduce
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypeAliasType

from services.portal.api.bodies import MOST_TICKETS, BulkGiven, CommandBody, NumberGiven, body_of
from shared.policy.actions.registry import actions_of
from shared.web.openapi import body_of as described_body

ACTIONS = {path: action for path, action in actions_of("operator").items() if action.operation}
"""What can be done to many tickets at once, by the name that a call gives it."""

_NOT_IN_BULK = "expected_version"
"""Each ticket has a version of its own."""


def bulk_body() -> dict[str, Any]:
    """Return the description of the body, for FastAPI's `openapi_extra`; it is read as `BulkGiven`
    says.
    """
    by_body = sorted(ACTIONS, key=lambda action: body_of(ACTIONS[action]).__name__)
    bodies = [
        _body_with(kind, tuple(sorted(actions)))
        for kind, actions in groupby(by_body, key=lambda action: body_of(ACTIONS[action]))
    ]
    union: Any = reduce(operator.or_, bodies)
    told_apart = Annotated[union, Field(discriminator="action")]
    named = TypeAliasType(BulkGiven.__name__, told_apart)  # type: ignore[misc]
    return {"requestBody": described_body(named)}


def _body_with(kind: type[CommandBody], actions: tuple[str, ...]) -> type[BaseModel]:
    own: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in kind.model_fields.items()
        if name != _NOT_IN_BULK
    }
    name = kind.__name__.removesuffix("Given").removesuffix("ButVersion").removesuffix("Command")
    action: Any = Literal[actions]
    return create_model(
        f"Bulk{name}",
        __config__=ConfigDict(extra="forbid"),
        __doc__=f"Many tickets at once: {', '.join(actions)}.",
        numbers=(list[NumberGiven], Field(min_length=1, max_length=MOST_TICKETS)),
        action=(action, ...),
        **own,
    )
