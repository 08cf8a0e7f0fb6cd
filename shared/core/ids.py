"""Types of identifiers, and the functions that make new ones."""

from typing import NewType
from uuid import NAMESPACE_URL, UUID, uuid5

from uuid_utils.compat import uuid7

DeliveryId = NewType("DeliveryId", UUID)
TicketNumber = NewType("TicketNumber", str)
"""The number of a ticket that people see and read aloud, e.g. `2026092810000016`."""

_SPORTELLO = uuid5(NAMESPACE_URL, "urn:sportello")


def new_id() -> UUID:
    """Return a new UUIDv7. Newer ids sort after older ones."""
    return uuid7()


def derived_id(*parts: object) -> UUID:
    """Return the UUIDv5 of `parts`.

    The same parts give the same id, which makes a repeat idempotent.
    """
    return uuid5(_SPORTELLO, "\x1f".join(map(str, parts)))
