"""Who hears whom is one table, and every service handles what it hears."""

from importlib import import_module

import pytest

from shared.contracts.events.base import EVENT_CLASSES
from shared.contracts.events.page import events_page
from shared.messaging.handlers import by_name
from shared.messaging.topology import HEARS, producer_of


@pytest.mark.parametrize("service", sorted(HEARS))
def test_a_service_handles_what_it_hears_and_nothing_else(service: str) -> None:
    handlers = import_module(f"services.{service}.consumers").HANDLERS

    assert set(by_name(handlers)) == {event.NAME for event in HEARS[service]}


def test_every_event_is_heard_by_somebody() -> None:
    heard = {event.NAME for events in HEARS.values() for event in events}

    assert heard == {name for name in EVENT_CLASSES if producer_of(name) in HEARS}


def test_the_page_of_events_names_the_consumers_and_the_docstrings_leave_them_to_it() -> None:
    rows = {
        cells[1].strip(" `"): cells[3].strip()
        for line in events_page(HEARS).splitlines()
        if len(cells := line.split("|")) == 6
    }

    consumers = {
        name: [service for service in HEARS if event in HEARS[service]]
        for name, event in EVENT_CLASSES.items()
    }
    assert {name: rows[name] for name in EVENT_CLASSES if producer_of(name) in HEARS} == {
        name: ", ".join(consumers[name]) for name in EVENT_CLASSES if producer_of(name) in HEARS
    }
    assert [
        name
        for name, event in EVENT_CLASSES.items()
        if "who cares" in (event.__doc__ or "").lower()
    ] == []
