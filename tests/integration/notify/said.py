"""Flat views of the notices in the events of notify: one event carries several notices."""

from collections.abc import Iterable

from shared.contracts.events.base import Event
from shared.contracts.events.notify import NoticeFacts, NoticesMailed, NoticesRaised


class Raised(NoticeFacts):
    """A notice that was raised."""


class Mailed(NoticeFacts):
    """A notice of whose mail was told."""


def notices_in(events: Iterable[Event]) -> list[Raised | Mailed]:
    """Return the notices that `events` carry, in order."""
    found: list[Raised | Mailed] = []
    for event in events:
        match event:
            case NoticesRaised(notices=notices):
                found += [Raised(**each.model_dump()) for each in notices]
            case NoticesMailed(notices=notices):
                found += [Mailed(**each.model_dump()) for each in notices]
    return found
