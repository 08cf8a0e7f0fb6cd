"""What every event is: frozen, named, and open to additions."""

from typing import Any, ClassVar

from shared.contracts.values import Part


class Event(Part):
    """A fact that happened.

    `NAME` is its routing key and AMQP type: `<owner>.<aggregate>.<fact>.v<n>`.
    """

    NAME: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "NAME" in cls.__dict__:
            if cls.NAME in EVENT_CLASSES:
                raise TypeError(f"two events are named {cls.NAME}")
            EVENT_CLASSES[cls.NAME] = cls


EVENT_CLASSES: dict[str, type[Event]] = {}
"""Every event class by its name."""
