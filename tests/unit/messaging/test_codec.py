"""Envelopes in AMQP messages and replies: what goes in comes out, in the format that a process of
the previous version reads and writes."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import orjson
import pytest
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from shared.contracts.commands.base import Outcome
from shared.contracts.events.portal import LinkAsked
from shared.core.cause import Cause
from shared.core.errors import NoAnswer
from shared.database.envelope import Envelope
from shared.messaging.commands import CommandAnswer
from shared.messaging.rabbitmq.codec import (
    answer_from_json,
    answer_to_json,
    encoded,
    no_answer_to_json,
    unpacked,
)

AT = datetime(2026, 9, 28, 8, 0, 0, 250000, tzinfo=UTC)
IDS = [UUID(int=number) for number in range(1, 6)]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CAUSES = [Cause(IDS[0], IDS[1], TRACE), Cause(IDS[1])]
BODY = b'{"number":"2026092810000016","email":"anna@example.edu","at":"2026-09-28T08:00:00Z"}'


def envelope(number: int, cause: Cause, *, is_replay: bool = False) -> Envelope[bytes]:
    return Envelope(IDS[number], LinkAsked.NAME, BODY, cause, AT, is_replay)


def delivered(body: bytes, properties: Basic.Properties) -> DeliveredMessage:
    """Return a message as the driver gives it."""
    message = SimpleNamespace(
        header=SimpleNamespace(properties=properties), body=body, routing_key=""
    )
    return cast("DeliveredMessage", message)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("target", [None, "tickets"])
def test_an_envelope_comes_out_of_a_message_as_it_went_in(size: int, target: str | None) -> None:
    is_replay = target is not None
    there = tuple(envelope(number, CAUSES[number], is_replay=is_replay) for number in range(size))
    in_the_outbox = [replace(each, seq=7, aggregate_id=IDS[4], target=target) for each in there]

    body, properties = encoded(tuple(in_the_outbox))

    assert tuple(unpacked(delivered(body, properties))) == there


def test_a_single_event_is_the_body_and_its_envelope_the_properties() -> None:
    body, properties = encoded((replace(envelope(2, CAUSES[0]), target="tickets"),))

    assert body == BODY
    assert dict(properties) == {
        "content_type": "application/json",
        "content_encoding": None,
        "headers": {"causation-id": str(IDS[1]), "traceparent": TRACE, "replay": "yes"},
        "delivery_mode": 2,
        "priority": None,
        "correlation_id": str(IDS[0]),
        "reply_to": None,
        "expiration": None,
        "message_id": str(IDS[2]),
        "timestamp": AT,
        "message_type": "portal.link.asked.v1",
        "user_id": None,
        "app_id": "portal",
        "cluster_id": "",
    }


def test_a_pack_has_two_lines_for_each_event() -> None:
    body, properties = encoded((envelope(2, CAUSES[0]), envelope(3, CAUSES[1])))

    facts = [orjson.loads(line) for line in body.split(b"\n")[::2]]
    assert (properties.content_type, body.split(b"\n")[1::2]) == (
        "application/x-ndjson",
        [BODY, BODY],
    )
    assert facts == [
        {
            "id": str(IDS[2]),
            "correlation_id": str(IDS[0]),
            "causation_id": str(IDS[1]),
            "traceparent": TRACE,
            "occurred_at": "2026-09-28T08:00:00.250000+00:00",
        },
        {
            "id": str(IDS[3]),
            "correlation_id": str(IDS[1]),
            "causation_id": None,
            "traceparent": None,
            "occurred_at": "2026-09-28T08:00:00.250000+00:00",
        },
    ]


def test_a_reply_carries_the_events_that_its_command_published() -> None:
    there = CommandAnswer(Outcome(), (envelope(2, CAUSES[0]), envelope(3, CAUSES[1])))

    body = answer_to_json(there)

    assert answer_from_json(body) == there
    assert orjson.loads(body)["events"][0] == {
        "id": str(IDS[2]),
        "producer": "portal",
        "type": "portal.link.asked.v1",
        "body": BODY.decode(),
        "correlation_id": str(IDS[0]),
        "causation_id": str(IDS[1]),
        "traceparent": TRACE,
        "occurred_at": "2026-09-28T08:00:00.250000+00:00",
    }


def test_a_reply_can_say_that_nothing_is_known() -> None:
    with pytest.raises(NoAnswer, match="the database stayed away"):
        answer_from_json(no_answer_to_json(NoAnswer("the database stayed away")))


def test_what_a_handler_emits_is_caused_by_the_event_that_it_handled() -> None:
    opened = envelope(2, CAUSES[0]).opened(LinkAsked.model_validate_json(BODY))

    assert opened.effects_cause == Cause(IDS[0], IDS[2], TRACE)
