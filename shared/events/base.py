"""What every event is: frozen, named, and open to additions."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

_AN_INTEGER = WithJsonSchema({"type": "integer"})
"""The published schemas do not narrow: bounds are checked where an event is read, so that no absurd value reaches the domain."""

Version = Annotated[int, Field(ge=0, le=2**31 - 1), _AN_INTEGER]
"""A version of an aggregate, as wide as the column that keeps it."""

Priority = Annotated[int, Field(ge=1, le=5), _AN_INTEGER]
"""1 (very low) to 5 (very high)."""

WholeNumber = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), _AN_INTEGER]
"""An integer of 64 bits: a larger one is kept as the nearest float, because no writer of JSON here takes it."""


class Part(BaseModel):
    """A frozen piece of an event. Unknown keys are ignored: a newer sender may add fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Part):
    """A fact that happened. `NAME` is its routing key and AMQP type: `<owner>.<aggregate>.<fact>.v<n>`."""

    NAME: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "NAME" in cls.__dict__:
            if cls.NAME in EVENT_CLASSES:
                raise TypeError(f"two events are named {cls.NAME}")
            EVENT_CLASSES[cls.NAME] = cls


EVENT_CLASSES: dict[str, type[Event]] = {}
"""Every event class by its name."""
