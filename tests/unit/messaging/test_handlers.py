"""The table of handlers: each event goes to the row of its class, or of the nearest base."""

from collections.abc import Sequence

import pytest

from shared.contracts.events.notify import DeliverySent
from shared.contracts.events.tickets import TicketEvent, TicketMoved, TicketTaken
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, by_name


async def handle(place: str, uow: UnitOfWork, received: Sequence[Envelope[TicketEvent]]) -> None:
    """Do nothing."""


def test_a_row_for_a_base_handles_every_event_that_has_no_row_nearer() -> None:
    every, taken = Handler(TicketEvent, handle), Handler(TicketTaken, handle, inbox=False)

    found = by_name((every, taken))

    assert (found[TicketMoved.NAME], found[TicketTaken.NAME]) == (every, taken)
    assert DeliverySent.NAME not in found


def test_an_event_has_one_row() -> None:
    with pytest.raises(ValueError, match="two handlers for TicketTaken"):
        by_name((Handler(TicketTaken, handle), Handler(TicketTaken, handle)))
