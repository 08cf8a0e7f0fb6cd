"""What every command is, and what comes back."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Requester


class Command(BaseModel):
    """Something a person asks for.

    `NAME` is `<owner>.<verb>`; `caller` is who asks, as the portal authenticated them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    NAME: ClassVar[str]

    caller: Requester

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "NAME" in cls.__dict__:
            if cls.NAME in COMMAND_CLASSES:
                raise TypeError(f"two commands are named {cls.NAME}")
            COMMAND_CLASSES[cls.NAME] = cls


COMMAND_CLASSES: dict[str, type[Command]] = {}
"""Every command class by its name."""


class Outcome(BaseModel):
    """What a command did: the ticket after it (None where nothing is shown), or the refusal as
    `{"kind", "facts"}`.
    """

    model_config = ConfigDict(frozen=True)

    ticket: TicketState | None = None
    refusal: dict[str, Any] | None = None
