"""What is announced between processes when the read model has changed."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

DESK = "desk"
"""The desk was swapped: titles, rights and the tree may all be different."""

_TICKET = "ticket:"
_QUEUE = "queue:"
_BELL = "bell:"
_MOST_NOTED = 10_000


def ticket_key(number: str) -> str:
    """Return the key of a ticket that changed."""
    return f"{_TICKET}{number}"


def queue_key(queue: str) -> str:
    """Return the key of a queue that a ticket has left."""
    return f"{_QUEUE}{queue}"


def bell_key(operator: str) -> str:
    """Return the key of what an operator has been told."""
    return f"{_BELL}{operator}"


def numbers_in(keys: Iterable[str]) -> frozenset[str]:
    """Return the numbers of the tickets among `keys`."""
    return frozenset(key.removeprefix(_TICKET) for key in keys if key.startswith(_TICKET))


def queues_in(keys: Iterable[str]) -> frozenset[str]:
    """Return the queues among `keys`."""
    return frozenset(key.removeprefix(_QUEUE) for key in keys if key.startswith(_QUEUE))


def bells_in(keys: Iterable[str]) -> frozenset[str]:
    """Return the operators whose bells are among `keys`."""
    return frozenset(key.removeprefix(_BELL) for key in keys if key.startswith(_BELL))


class Changes:
    """What each message changed, noted in its transaction and taken after the commit.

    Bounded: of messages whose transaction never came to a good end the oldest notes are forgotten.
    """

    def __init__(self) -> None:
        self._noted: OrderedDict[UUID, tuple[str, ...]] = OrderedDict()

    def note(self, message_id: UUID, keys: Iterable[str]) -> None:
        """Note that `message_id` changed `keys`; an earlier note, from a transaction that was
        rolled back, is replaced.
        """
        self._noted[message_id] = tuple(keys)
        if len(self._noted) > _MOST_NOTED:
            self._noted.popitem(last=False)

    def take(self, message_ids: Iterable[UUID]) -> set[str]:
        """Return all that these messages changed and forget it."""
        return {key for message_id in message_ids for key in self._noted.pop(message_id, ())}
