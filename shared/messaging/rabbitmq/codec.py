"""How events stand in AMQP messages.

One event is one message: body JSON, the rest in the properties. Under load a relay packs events of one name into one message
(`content_type` application/x-ndjson): two lines for each event, first what else stands in the properties, then the body. Ids, inbox,
retries and counts are those of the events, never of the pack.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import FieldTable
from pydantic import AwareDatetime, BaseModel

from shared.core.cause import Cause
from shared.core.ids import derived_id, new_id
from shared.database.outbox import Outgoing
from shared.messaging.message import Message
from shared.messaging.retry_policy import storable
from shared.messaging.topology import producer_of

PACK = "application/x-ndjson"
SINGLE = "application/json"
PACK_FROM = 4
PACK_TO = 50
PACK_BYTES = 192 * 1024


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is published as one message: one event, or several of one name that go the same way."""

    rows: tuple[Outgoing, ...]

    @property
    def body(self) -> bytes:
        if len(self.rows) == 1:
            return self.rows[0].body.encode()
        return b"\n".join(line for row in self.rows for line in (_facts(row), row.body.encode()))

    @property
    def properties(self) -> Basic.Properties:
        first = self.rows[0]
        headers: FieldTable = {"causation-id": str(first.cause.causation_id or ""), "traceparent": first.cause.traceparent or ""}
        if first.target:
            headers["replay"] = "yes"
        return Basic.Properties(
            content_type=SINGLE if len(self.rows) == 1 else PACK,
            delivery_mode=2,
            message_id=str(first.id),
            message_type=first.type,
            correlation_id=str(first.cause.correlation_id),
            timestamp=first.occurred_at,
            app_id=producer_of(first.type),
            headers=headers,
        )


def parcels(rows: Iterable[Outgoing]) -> list[Parcel]:
    """Sort `rows` (in outbox order) into parcels, so that the order of every aggregate holds.

    A row joins the open parcel of its name; but when its aggregate already stands in another open parcel, all are closed first.
    """
    closed: list[list[Outgoing]] = []
    open_now: dict[tuple[str, str | None], list[Outgoing]] = {}
    standing: dict[UUID, tuple[str, str | None]] = {}
    sizes: dict[tuple[str, str | None], int] = {}
    for row in rows:
        way = (row.type, row.target)
        parcel = open_now.get(way)
        full = parcel is not None and (len(parcel) >= PACK_TO or sizes[way] + len(row.body) > PACK_BYTES)
        if full or standing.get(row.aggregate_id, way) != way:
            closed += open_now.values()
            open_now, standing, sizes = {}, {}, {}
            parcel = None
        if parcel is None:
            open_now[way] = [row]
        else:
            parcel.append(row)
        standing[row.aggregate_id] = way
        sizes[way] = sizes.get(way, 0) + len(row.body)
    closed += open_now.values()
    return [parcel for group in closed for parcel in _packed_or_single(group)]


def unpacked(delivered: DeliveredMessage) -> Sequence[Message]:
    """Return the events in a delivered message.

    Anybody may have published it: what is missing or malformed shows when an event is decoded, and never here.
    """
    properties = delivered.header.properties
    headers: Mapping[str, Any] = properties.headers or {}
    name = storable(properties.message_type or str(delivered.routing_key))
    single = Message(
        id=_uuid(properties.message_id) or derived_id("message", name, sha256(delivered.body).hexdigest()),
        producer=storable(properties.app_id or producer_of(name)),
        type=name,
        body=delivered.body,
        cause=Cause(
            _uuid(properties.correlation_id) or new_id(), _uuid(_text(headers.get("causation-id"))), _text(headers.get("traceparent"))
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


def _packed_or_single(group: list[Outgoing]) -> list[Parcel]:
    return [Parcel(tuple(group))] if len(group) >= PACK_FROM else [Parcel((row,)) for row in group]


def _facts(row: Outgoing) -> bytes:
    cause = row.cause
    return orjson.dumps(
        {
            "id": str(row.id),  # the driver's own UUID class is none that orjson knows
            "correlation_id": str(cause.correlation_id),
            "causation_id": str(cause.causation_id) if cause.causation_id else None,
            "traceparent": cause.traceparent,
            "occurred_at": row.occurred_at,
        }
    )


class _Facts(BaseModel):
    """What `_facts` wrote, unless somebody else did."""

    id: UUID
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    occurred_at: AwareDatetime


def _unpacked(body: bytes, pack: Message) -> list[Message]:
    lines = body.split(b"\n")
    found = []
    for facts_line, event_line in zip(lines[::2], lines[1::2], strict=True):
        facts = _Facts.model_validate_json(facts_line)
        traceparent = storable(facts.traceparent) if facts.traceparent else None
        found.append(
            Message(
                id=facts.id,
                producer=pack.producer,
                type=pack.type,
                body=event_line,
                cause=Cause(facts.correlation_id, facts.causation_id, traceparent),
                occurred_at=facts.occurred_at,
                is_replay=pack.is_replay,
            )
        )
    return found


def _text(value: Any) -> str | None:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    return storable(str(text)) if text else None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
