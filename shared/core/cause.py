"""Why something happens: carried from the edge through every event that follows."""

import re
from dataclasses import dataclass
from random import randbytes
from typing import Self
from uuid import UUID

from shared.core.ids import new_id

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Cause:
    """`correlation_id` joins all that follows from one request; `causation_id` is the message that directly led here.

    `traceparent` is the W3C trace context captured where the outbox row is written.
    """

    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    @classmethod
    def fresh(cls, *, traceparent: str | None = None) -> Self:
        """Begin a new chain at an edge, within the caller's trace where it sent a well-formed `traceparent`."""
        if traceparent is None or not _TRACEPARENT.fullmatch(traceparent):
            traceparent = f"00-{randbytes(16).hex()}-{randbytes(8).hex()}-00"
        return cls(correlation_id=new_id(), traceparent=traceparent)
