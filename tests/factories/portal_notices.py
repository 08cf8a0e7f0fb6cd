"""Notices as notify says them, for the tests of the portal."""

from datetime import timedelta
from typing import Any, TypeVar

from shared.contracts.events.notify import NoticesMailed, NoticesRaised
from shared.contracts.people import Actor
from shared.core.ids import derived_id
from tests.factories.portal_events import MORNING, make_number

N = TypeVar("N", NoticesRaised, NoticesMailed)


def make_notice(kind: type[N], counter: int, /, *, ticket: int = 1, **changes: Any) -> N:
    """Return notice `counter`, to Anna of a note of Bruno's in ticket `ticket`, raised in minute
    `counter`.
    """
    facts: dict[str, Any] = {
        "notice_id": derived_id("notice", counter),
        "version": 1,
        "ticket_id": derived_id("ticket", ticket),
        "ticket_version": 1,
        "number": make_number(ticket),
        "operator": "anna.ferri",
        "kind": "note",
        "actor": Actor(identity="bruno.galli", name="Bruno Galli"),
        "state": "told",
        "at": MORNING + timedelta(minutes=counter),
    }
    return kind.model_validate({"notices": [facts | changes]})
