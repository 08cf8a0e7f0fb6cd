"""What an operator is told of a change, from their own point of view."""

import pytest

from services.notify.consumers import HANDLERS
from shared.contracts.events.base import EVENT_CLASSES
from shared.contracts.events.tickets import TicketEvent
from shared.messaging.handlers import by_name
from shared.policy.happenings import what_happened

TAKEN, ASSIGNED, RELEASED = (
    f"tickets.ticket.{fact}.v1" for fact in ("taken", "assigned", "released")
)
LAPSED = "tickets.ticket.released-by-system.v1"
RESPONSIBLE = "tickets.ticket.responsible-changed.v1"


@pytest.mark.parametrize(
    ("event", "field", "before", "after", "actor", "told"),
    [
        (TAKEN, "owner", None, "anna", "anna", ("taken", None)),
        (TAKEN, "owner", "bruno", "anna", "anna", ("taken_over", "bruno")),
        (TAKEN, "owner", "reader", "anna", "anna", ("taken_over_from_you", "reader")),
        (ASSIGNED, "owner", None, "reader", "anna", ("given_to_you", "reader")),
        (ASSIGNED, "owner", "bruno", "reader", "anna", ("given_to_you", "reader")),
        (ASSIGNED, "owner", None, "reader", None, ("given_to_you", "reader")),
        (ASSIGNED, "owner", "reader", "bruno", "anna", ("given", "bruno")),
        (ASSIGNED, "owner", "anna", "bruno", "anna", ("given", "bruno")),
        (ASSIGNED, "owner", "reader", "anna", "anna", ("taken_over_from_you", "reader")),
        (ASSIGNED, "owner", "bruno", "anna", "anna", ("taken_over", "bruno")),
        (RELEASED, "owner", "reader", None, "anna", ("released_from_you", "reader")),
        (RELEASED, "owner", "anna", None, "anna", ("released", "anna")),
        (LAPSED, "owner", "reader", None, None, ("released_from_you", "reader")),
        (LAPSED, "owner", "anna", None, None, ("released", "anna")),
        (LAPSED, "responsible", "anna", None, None, ("responsible_nobody", "anna")),
        (RESPONSIBLE, "responsible", None, "reader", "anna", ("responsible_you", "reader")),
        (RESPONSIBLE, "responsible", "reader", "bruno", "anna", ("responsible_not_you", "bruno")),
        (RESPONSIBLE, "responsible", "anna", "bruno", "anna", ("responsible", "bruno")),
        (RESPONSIBLE, "responsible", "bruno", None, None, ("responsible_nobody", "bruno")),
    ],
)
def test_the_new_and_the_old_are_told_differently_from_each_other_and_from_the_rest(
    event: str,
    field: str,
    before: str | None,
    after: str | None,
    actor: str | None,
    told: tuple[str, str | None],
) -> None:
    happening = what_happened(
        event,
        {field: (before, after)},
        operator="reader",
        actor=(actor, "Anna"),
        queue="studenti",
        reason="perché",
        kind="owner_changed",
    )

    assert (happening.key, happening.other) == told
    assert (happening.actor, happening.queue, happening.reason) == ("Anna", "studenti", "perché")


def test_an_escalation_is_told_as_such_and_not_as_a_new_ticket() -> None:
    told = [
        what_happened(
            "tickets.ticket.queued.v1",
            {},
            operator="r",
            actor=(None, ""),
            queue="studenti/tasse",
            reason="a rule",
            kind=kind,
        )
        for kind in ("moved", "created")
    ]

    assert [(each.key, each.queue, each.reason) for each in told] == [
        ("escalated", "studenti/tasse", None),
        ("created", "studenti/tasse", None),
    ]


def test_what_is_known_to_nobody_here_is_a_change() -> None:
    told = what_happened(
        "tickets.ticket.invented.v1",
        {},
        operator="r",
        actor=(None, ""),
        queue=None,
        reason=None,
        kind="changed",
    )

    assert told.key == "changed"


def test_every_event_that_operators_are_notified_of_has_words_of_its_own() -> None:
    silent = {
        "routing-requested",
        "escalated",
        "notified",
        "watchers-changed",
        "reminded",
        "requester-confirmed",
        "link-asked",
    }
    names = {name for name in by_name(HANDLERS) if issubclass(EVENT_CLASSES[name], TicketEvent)}

    unnamed = {
        name
        for name in names
        if what_happened(
            name, {}, operator="r", actor=(None, ""), queue=None, reason=None, kind="changed"
        ).key
        == "changed"
    }

    assert {name.split(".")[2] for name in unnamed} == silent
