"""What a service does about each event: one visible table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.contracts.events.base import Event
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork

C = TypeVar("C")

Run = Callable[[C, UnitOfWork, Sequence[Envelope[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler(Generic[C]):
    """`run(context, uow, received)` handles all messages of a batch whose events name this handler, in their order.

    With `inbox` a message that had its effect is not handed to `run` again. Without it `run` must be harmless when repeated:
    insert by id, or store if newer. `writes_once` says that, besides, all it writes is one statement.
    """

    run: Run[C]
    inbox: bool = True
    writes_once: bool = False


Handlers = Mapping[type[Event], Handler[C]]
