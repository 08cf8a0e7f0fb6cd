"""How events stand in AMQP messages and in the replies to commands.

One event is one message: the event's JSON is the body, the rest of its envelope stands in the
properties. Under load a relay packs events of one name into one message (`content_type`
application/x-ndjson) with two lines for each event: what would stand in the properties, then the
event. Ids, inbox, retries and counts are those of the events, never of the pack.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypedDict
from uuid import UUID

import orjson
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import FieldTable
from pydantic import AwareDatetime, BaseModel, JsonValue

from shared.contracts.commands.base import Outcome
from shared.core.cause import Cause
from shared.core.errors import NoAnswer
from shared.core.ids import derived_id, new_id
from shared.database.envelope import Envelope
from shared.messaging.commands import CommandAnswer
from shared.messaging.retry_policy import storable

PACK = "application/x-ndjson"
SINGLE = "application/json"
PACK_FROM = 4
PACK_TO = 50
PACK_BYTES = 192 * 1024


Parcel = tuple[Envelope[bytes], ...]
"""What is published as one message: one event, or several with the same name and target."""


def encoded(parcel: Parcel) -> tuple[bytes, Basic.Properties]:
    """Return `parcel` as the body and the properties of one AMQP message."""
    first = parcel[0]
    is_single = len(parcel) == 1
    headers: FieldTable = {
        "causation-id": str(first.cause.causation_id or ""),
        "traceparent": first.cause.traceparent or "",
    }
    if first.target:
        headers["replay"] = "yes"
    properties = Basic.Properties(
        content_type=SINGLE if is_single else PACK,
        delivery_mode=2,
        message_id=str(first.id),
        message_type=first.type,
        correlation_id=str(first.cause.correlation_id),
        timestamp=first.occurred_at,
        app_id=first.producer,
        headers=headers,
    )
    if is_single:
        return first.event, properties
    return b"\n".join(
        line for each in parcel for line in (orjson.dumps(_facts(each)), each.event)
    ), properties


def parcels(rows: Iterable[Envelope[bytes]]) -> list[Parcel]:
    """Sort `rows` (in outbox order) into parcels, so that the order of every aggregate is kept.

    A row joins the open parcel of its name. If another open parcel has an event of the same
    aggregate, all open parcels are closed first.
    """
    closed: list[list[Envelope[bytes]]] = []
    open_now: dict[tuple[str, str | None], list[Envelope[bytes]]] = {}
    standing: dict[UUID | None, tuple[str, str | None]] = {}
    sizes: dict[tuple[str, str | None], int] = {}
    for row in rows:
        way = (row.type, row.target)
        parcel = open_now.get(way)
        full = parcel is not None and (
            len(parcel) >= PACK_TO or sizes[way] + len(row.event) > PACK_BYTES
        )
        if full or standing.get(row.aggregate_id, way) != way:
            closed += open_now.values()
            open_now, standing, sizes = {}, {}, {}
            parcel = None
        if parcel is None:
            open_now[way] = [row]
        else:
            parcel.append(row)
        standing[row.aggregate_id] = way
        sizes[way] = sizes.get(way, 0) + len(row.event)
    closed += open_now.values()
    return [parcel for group in closed for parcel in _packed_or_single(group)]


def unpacked(delivered: DeliveredMessage) -> Sequence[Envelope[bytes]]:
    """Return the events in a delivered message.

    Any client may have published it. What is missing or malformed fails later, when the event is
    decoded, and never here.
    """
    properties = delivered.header.properties
    headers: FieldTable = properties.headers or {}
    name = storable(properties.message_type or str(delivered.routing_key))
    single = Envelope(
        id=_uuid(properties.message_id)
        or derived_id("message", name, sha256(delivered.body).hexdigest()),
        type=name,
        event=delivered.body,
        cause=Cause(
            _uuid(properties.correlation_id) or new_id(),
            _uuid(_text(headers.get("causation-id"))),
            _text(headers.get("traceparent")),
        ),
        occurred_at=properties.timestamp or datetime.now(UTC),
        is_replay=bool(headers.get("replay")),
    )
    if properties.content_type != PACK:
        return (single,)
    try:
        return _unpacked(delivered.body, single)
    except ValueError:
        return (single,)


class _RepliedEvent(TypedDict):
    """An event in a reply."""

    id: str
    producer: str
    type: str
    body: str
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    occurred_at: str


class _Reply(TypedDict):
    """A reply.

    Without an outcome nothing is known, and `why` says why; there are no events then.
    """

    outcome: dict[str, JsonValue] | None
    events: list[_RepliedEvent]
    why: str


def answer_to_json(answer: CommandAnswer) -> bytes:
    """Return `answer` as the body of a reply."""
    events = [
        {**_facts(each), "producer": each.producer, "type": each.type, "body": each.event.decode()}
        for each in answer.events
    ]
    return orjson.dumps({"outcome": answer.outcome.model_dump(mode="json"), "events": events})


def no_answer_to_json(error: NoAnswer) -> bytes:
    """Return as the body of a reply that nothing is known, so that the asker need not wait for the
    deadline.
    """
    return orjson.dumps({"outcome": None, "why": str(error)})


def answer_from_json(body: bytes) -> CommandAnswer:
    """Return the answer that `answer_to_json` wrote.

    Raises NoAnswer for what `no_answer_to_json` wrote.
    """
    data: _Reply = orjson.loads(body)
    if data["outcome"] is None:
        raise NoAnswer(data["why"])
    return CommandAnswer(
        Outcome.model_validate(data["outcome"]), tuple(_answered(each) for each in data["events"])
    )


def _answered(data: _RepliedEvent) -> Envelope[bytes]:
    causation_id = UUID(data["causation_id"]) if data["causation_id"] else None
    cause = Cause(UUID(data["correlation_id"]), causation_id, data["traceparent"])
    return Envelope(
        UUID(data["id"]),
        data["type"],
        data["body"].encode(),
        cause,
        datetime.fromisoformat(data["occurred_at"]),
    )


def _packed_or_single(group: list[Envelope[bytes]]) -> list[Parcel]:
    return [tuple(group)] if len(group) >= PACK_FROM else [(each,) for each in group]


def _facts(envelope: Envelope[bytes]) -> dict[str, str | datetime | None]:
    """Return what `envelope` says beside its type and its event, for orjson, which does not know
    the driver's class of UUIDs.
    """
    cause = envelope.cause
    return {
        "id": str(envelope.id),
        "correlation_id": str(cause.correlation_id),
        "causation_id": str(cause.causation_id) if cause.causation_id else None,
        "traceparent": cause.traceparent,
        "occurred_at": envelope.occurred_at,
    }


class _Facts(BaseModel):
    """What `_facts` wrote, unless somebody else did."""

    id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    occurred_at: AwareDatetime


def _unpacked(body: bytes, pack: Envelope[bytes]) -> list[Envelope[bytes]]:
    lines = body.split(b"\n")
    found = []
    for facts_line, event_line in zip(lines[::2], lines[1::2], strict=True):
        facts = _Facts.model_validate_json(facts_line)
        traceparent = storable(facts.traceparent) if facts.traceparent else None
        found.append(
            Envelope(
                id=facts.id,
                type=pack.type,
                event=event_line,
                cause=Cause(facts.correlation_id, facts.causation_id, traceparent),
                occurred_at=facts.occurred_at,
                is_replay=pack.is_replay,
            )
        )
    return found


def _text(value: object) -> str | None:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    return storable(str(text)) if text else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
