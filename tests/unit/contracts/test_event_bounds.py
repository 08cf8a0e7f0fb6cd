"""What reaches the domain is bounded by the classes of events."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.routing import TicketRouted


def make_request(**changes: Any) -> dict[str, Any]:
    return {
        "request_id": str(uuid4()),
        "form": "tasse",
        "subject": "Rata",
        "body": "Testo",
        "fields": {},
        "requester": {"name": "Anna", "email": "anna@example.edu"},
        "context": {"origin": "website"},
        "language": "it",
        "priority": 3,
        "submitted_at": "2026-09-28T10:00:00Z",
        **changes,
    }


@pytest.mark.parametrize("priority", [2**40, 0, 6, -1])
def test_a_priority_outside_its_five_steps_is_no_request(priority: int) -> None:
    with pytest.raises(ValidationError):
        RequestSubmitted.model_validate(make_request(priority=priority))


@pytest.mark.parametrize("version", [2**31, -1, 2**70])
def test_a_version_that_no_column_holds_is_no_event(version: int) -> None:
    event = {
        "ticket_id": str(uuid4()),
        "hop_id": str(uuid4()),
        "ticket_version": version,
        "queue": "ict",
        "rule": None,
        "reason": "",
        "decided_at": "2026-09-28T10:00:00Z",
    }

    with pytest.raises(ValidationError):
        TicketRouted.model_validate(event)


def test_an_answer_keeps_64_bits_exactly_and_its_type() -> None:
    fields = {"number": 2**63 - 1, "large": 2**70, "yes": True, "text": "5"}

    request = RequestSubmitted.model_validate(make_request(fields=fields))

    assert request.fields == {"number": 2**63 - 1, "large": float(2**70), "yes": True, "text": "5"}
    assert [type(answer) for answer in request.fields.values()] == [int, float, bool, str]
