"""Who hears whom: the one table from which every binding is declared, whichever process starts
first.
"""

from shared.contracts.events import (
    families,
    guests,
    intake,
    mails,
    merging,
    notify,
    portal,
    replay,
    routing,
    tickets,
)
from shared.contracts.events.base import EVENT_CLASSES, Event

EVENTS_EXCHANGE = "sportello.events"
COMMANDS_EXCHANGE = "sportello.commands"
LIVE_EXCHANGE = "sportello.live"

COMMAND_SERVICES: tuple[str, ...] = ("tickets", "notify")
"""The services that answer commands."""

DELIVERY_LIMIT = 20
"""How often the broker hands out one message before it gives up on it: the service's own dead
letters come long before.
"""

_ABOUT_TICKETS = {module.__name__ for module in (tickets, families, guests, mails, merging)}
_EVERY_TICKET_EVENT = tuple(
    cls
    for cls in EVENT_CLASSES.values()
    if issubclass(cls, tickets.TicketEvent) and cls.__module__ in _ABOUT_TICKETS
)

HEARS: dict[str, tuple[type[Event], ...]] = {
    "intake": (routing.DeskApplied, tickets.TicketCreated, replay.TicketReplayed),
    "tickets": (
        routing.DeskApplied,
        intake.RequestSubmitted,
        routing.TicketRouted,
        notify.DeliverySent,
        notify.DeliveryDelayed,
        notify.DeliveryFailed,
        families.ChildTold,
        families.RunDue,
        portal.OperatorsPresent,
        portal.LinkAsked,
    ),
    "routing": (
        tickets.TicketCreated,
        tickets.TicketRoutingRequested,
        tickets.TicketEscalated,
        families.TicketResent,
    ),
    "notify": (
        routing.DeskApplied,
        *_EVERY_TICKET_EVENT,
        replay.TicketReplayed,
        replay.ChangeRetold,
    ),
    "portal": (
        routing.DeskApplied,
        *_EVERY_TICKET_EVENT,
        replay.TicketReplayed,
        notify.DeliverySent,
        notify.DeliveryDelayed,
        notify.DeliveryFailed,
        notify.NoticesRaised,
        notify.NoticesMailed,
        notify.NoticeRaised,
        notify.NoticeMailed,
        notify.PreferencesChanged,
    ),
}


def producer_of(event_name: str) -> str:
    """Return the service that says `event_name`: the first word of it."""
    return event_name.split(".", 1)[0]


def events_queue(service: str) -> str:
    """Return the name of the queue from which `service` consumes events."""
    return f"{service}.events"


def commands_queue(service: str) -> str:
    """Return the name of the queue from which `service` consumes commands."""
    return f"{service}.commands"


def dead_queue(service: str) -> str:
    """Return the queue in which the broker leaves what it handed out too often; the service empties
    it itself.
    """
    return f"{service}.dead"
