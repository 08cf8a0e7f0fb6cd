"""A family over several queues, for the tests of the portal.

1 studenti, Anna's
└ 2 studenti/tasse, Dario's
  └ 3 ict/rete, nobody's
    └ 4 ict, Elena's
"""

from datetime import timedelta
from typing import Any

from shared.contracts.events.ticket_state import Article
from shared.contracts.events.tickets import TicketCreated, TicketEvent, TicketNoted
from shared.core.ids import derived_id
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)

PARENT, CHILD, GRANDCHILD, LAST = (make_number(counter) for counter in (1, 2, 3, 4))

# What tickets writes for a child that came back.
RETURNED_ACTIONS = {
    "resend": "parent_owner",
    "withdraw": "requester|parent_owner",
    "note": "right:note",
}


def make_family() -> list[TicketCreated]:
    """Return the events of the four tickets."""
    return [
        make_created(
            1, state="waiting_children", owner="anna.ferri", children=(CHILD,), actions=OPEN_ACTIONS
        ),
        make_child(2, parent=1, queue="studenti/tasse", owner="dario.riva", children=(GRANDCHILD,)),
        make_child(3, parent=2, queue="ict/rete", children=(LAST,)),
        make_child(4, parent=3, queue="ict", owner="elena.sala"),
    ]


def make_child(counter: int, *, parent: int, **changes: Any) -> TicketCreated:
    """Return the event of ticket `counter`, a child of ticket `parent`."""
    return make_created(
        counter, parent_id=derived_id("ticket", parent), parent=make_number(parent), **changes
    )


def make_returned(**changes: Any) -> TicketEvent:
    """Return an event that leaves ticket 2, the child, returned with a question and a note in
    it.
    """
    moment = MORNING + timedelta(minutes=2, seconds=1)
    question: Article = make_article("question", counter=2, at=moment)
    note: Article = make_article("note", counter=2)
    facts: dict[str, Any] = {
        "version": 2,
        "state": "returned",
        "queue": "studenti/tasse",
        "parent_id": derived_id("ticket", 1),
        "parent": PARENT,
        "updated_at": moment,
        "actions": RETURNED_ACTIONS,
    }
    return TicketNoted(
        ticket=make_state(2, **(facts | changes)), actor=ANNA, articles=(question, note)
    )
