"""What a service does about each event: one visible table."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork

C = TypeVar("C")
E = TypeVar("E", bound=Event)

Run = Callable[[C, UnitOfWork, Sequence[Envelope[E]]], Awaitable[None]]


class Handler(Generic[C]):
    """A row of the table: a function, and the class of events that it handles."""

    def __init__(
        self,
        event: type[E],
        run: Run[C, E],
        *,
        inbox: bool = True,
        writes_once: bool = False,
    ) -> None:
        """Have `run(context, uow, received)` handle the events of class `event`, subclasses
        included.

        It is called once for all events of a batch whose rows name it, in their order. With `inbox`
        a message that had its effect is not handled again. Without it `run` must be idempotent:
        insert by id, or store if newer. `writes_once` says that, besides, all it writes is one
        statement.
        """
        self.event: type[Event] = event
        self.run: Run[C, Any] = run
        """The signature of this constructor is what makes sure that `run` takes `event`."""
        self.inbox = inbox
        self.writes_once = writes_once


Handlers = Sequence[Handler[C]]


def by_name(handlers: Handlers[C]) -> dict[str, Handler[C]]:
    """Return the row of each event by the event's name: the row of its class or of the nearest
    base.

    Raises ValueError where two rows name one class.
    """
    rows: dict[type, Handler[C]] = {}
    for handler in handlers:
        if rows.setdefault(handler.event, handler) is not handler:
            raise ValueError(f"two handlers for {handler.event.__name__}")
    found = {}
    for name, event in EVENT_CLASSES.items():
        row = next((rows[each] for each in event.__mro__ if each in rows), None)
        if row is not None:
            found[name] = row
    return found
