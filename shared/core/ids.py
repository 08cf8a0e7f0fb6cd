"""Typed identifiers, and the only places where they are made."""

from typing import NewType
from uuid import NAMESPACE_URL, UUID, uuid5

from uuid_utils.compat import uuid7

DeliveryId = NewType("DeliveryId", UUID)
TicketNumber = NewType("TicketNumber", str)
"""The number people read aloud, e.g. `2026092810000016`."""

_SPORTELLO = uuid5(NAMESPACE_URL, "urn:sportello")


def new_id() -> UUID:
    """Return a fresh UUIDv7: unique, and ordered by the time it was made."""
    return uuid7()


def derived_id(*parts: object) -> UUID:
    """Return the UUIDv5 of `parts`: the same parts give the same id, so that a repeat makes the same thing."""
    return uuid5(_SPORTELLO, "\x1f".join(map(str, parts)))
