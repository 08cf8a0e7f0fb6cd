"""The cause of a change: ids that link every command and event to the request that started it."""

import re
from dataclasses import dataclass
from random import randbytes
from typing import Self
from uuid import UUID

from shared.core.ids import new_id

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Cause:
    """Ids that say why a message exists.

    `correlation_id` is the same for all messages that result from one request. `causation_id` is
    the message that directly caused this one. `traceparent` is the W3C trace context.
    """

    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    @classmethod
    def fresh(cls, *, traceparent: str | None = None) -> Self:
        """Return the cause for a new request at an edge.

        It continues the caller's trace if `traceparent` is well-formed, and starts a new trace
        otherwise.
        """
        if traceparent is None or not _TRACEPARENT.fullmatch(traceparent):
            traceparent = f"00-{randbytes(16).hex()}-{randbytes(8).hex()}-00"
        return cls(correlation_id=new_id(), traceparent=traceparent)
