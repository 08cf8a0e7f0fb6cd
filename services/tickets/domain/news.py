"""What is news to somebody who has read a ticket up to a version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contracts.events.tickets import (
    TicketNotified,
    TicketReminded,
    TicketRoutingRequested,
    TicketWatchersChanged,
)
from shared.contracts.people import Actor

QUIET = frozenset(
    {
        event.NAME
        for event in (TicketNotified, TicketReminded, TicketRoutingRequested, TicketWatchersChanged)
    }
)
"""Changes that are no news about the ticket to an operator: notices that went out, and what
concerns other people only.
"""
MOST_NEWS = 50
"""The number of changes that are named at most."""

_PASSED_UP = frozenset({"state", "queue"})
"""The facts of a child that the owner of its parent sees."""


@dataclass(frozen=True, slots=True)
class PastVersion:
    """How a ticket came to `version`: by which event and whose act, which facts `changed`, and
    whether it `passes_up` an article.
    """

    version: int
    event: str
    actor: Actor
    at: datetime
    changed: frozenset[str]
    passes_up: bool


def news_of(
    past: Iterable[PastVersion], *, reader: str | None, sees_all: bool
) -> list[dict[str, Any]]:
    """Return what `past` tells `reader` (an identity) that is not their own doing, oldest first.

    `sees_all` is false for the owner of a child's parent, who sees only its state, its queue and
    the articles that pass up.
    """
    news = [
        each
        for each in past
        if each.event not in QUIET
        and (each.actor.identity is None or each.actor.identity != reader)
    ]
    seen = [each for each in news if sees_all or each.passes_up or each.changed & _PASSED_UP]
    return [
        {
            "version": each.version,
            "event": each.event,
            "actor": each.actor.model_dump(),
            "at": each.at.isoformat(),
        }
        for each in seen[-MOST_NEWS:]
    ]
