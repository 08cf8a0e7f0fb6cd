"""What things are called on the pages."""

from services.portal.pages.labels import EVENTS, REASONS
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.reasons import RELEASE_REASONS
from shared.messaging.topology import HEARS


def test_every_change_that_a_history_can_show_has_a_name() -> None:
    heard = {event.NAME for event in HEARS["portal"] if issubclass(event, TicketEvent)}

    assert set(EVENTS) == heard


def test_every_reason_that_the_system_gives_can_be_translated() -> None:
    assert REASONS.keys() == RELEASE_REASONS
