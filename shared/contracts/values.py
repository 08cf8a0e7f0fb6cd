"""What events and commands are made of: frozen parts, bounded numbers, the mark of personal
data.
"""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

T = TypeVar("T")

Personal = Annotated[T, Field(json_schema_extra={"personal": True})]
"""Marks a field as personal data, so that a stream without such fields can be derived by
machine.
"""

_AN_INTEGER = WithJsonSchema({"type": "integer"})
"""The published schemas do not narrow: bounds are checked where an event is read, so that no absurd
value reaches the domain.
"""

Version = Annotated[int, Field(ge=0, le=2**31 - 1), _AN_INTEGER]
"""A version of an aggregate, as wide as the column that keeps it."""

Priority = Annotated[int, Field(ge=1, le=5), _AN_INTEGER]
"""1 (very low) to 5 (very high)."""

WholeNumber = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), _AN_INTEGER]
"""An integer of 64 bits: a larger one is kept as the nearest float, because no writer of JSON here
takes it.
"""


class Part(BaseModel):
    """A frozen piece of an event. Unknown keys are ignored: a newer sender may add fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")
