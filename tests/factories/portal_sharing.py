"""A ticket of Giulia's that is shared by name, for the tests of the portal."""

from typing import Any

from shared.contracts.events.tickets import TicketShared, TicketUnshared
from shared.contracts.people import Actor, Reader
from tests.factories.portal_events import NEW_ACTIONS, make_state

HUGO = Reader(name="Hugo Marchi", email="Hugo.Marchi@example.edu")
CARLA = Reader(name="Carla Monti", email="carla.monti@example.edu")
GIULIA_HERSELF = Actor(identity="giulia.neri", name="Giulia Neri")
SHAREABLE = NEW_ACTIONS | {"share": "right:rw|requester", "unshare": "right:rw|requester"}
"""What tickets writes for a ticket that is new and no child."""


def make_shared(
    counter: int = 1, *readers: Reader, version: int = 2, **changes: Any
) -> TicketShared:
    """Return the event by which Giulia shared ticket `counter` with the last of `readers` (without
    any: with Hugo).
    """
    readers = readers or (HUGO,)
    facts: dict[str, Any] = {"version": version, "shared_with": readers, "actions": SHAREABLE}
    told = [reader.model_dump() for reader in readers]
    return TicketShared(
        ticket=make_state(counter, **(facts | changes)),
        actor=GIULIA_HERSELF,
        changes={"shared_with": (told[:-1], told)},
    )


def make_unshared(
    counter: int = 1, *left: Reader, version: int = 3, **changes: Any
) -> TicketUnshared:
    """Return the event by which Giulia no longer shares ticket `counter` with Hugo, but still with
    those who are `left`.
    """
    facts: dict[str, Any] = {"version": version, "shared_with": left, "actions": SHAREABLE}
    told = [reader.model_dump() for reader in left]
    return TicketUnshared(
        ticket=make_state(counter, **(facts | changes)),
        actor=GIULIA_HERSELF,
        changes={"shared_with": ([HUGO.model_dump(), *told], told)},
    )
