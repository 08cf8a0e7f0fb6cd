"""What intake says."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.events.base import Event
from shared.contracts.people import Actor, Context, Requester
from shared.contracts.values import Personal, Priority, WholeNumber

Answer = str | WholeNumber | float | bool
"""One answer of a form: text, number or yes/no."""


class RequestSubmitted(Event):
    """A person sent a form that passed its check, and the request is durable.

    `filed_by` is the operator who did so in the person's place. When: once per submission,
    committed with it. Tickets makes exactly one ticket of it, whose id is
    `derived_id("ticket", request_id)`. `ticket_number` is given where intake knows the number of
    that ticket already: intake publishes the request again, and a ticket that was lost gets its
    number back.
    """

    NAME: ClassVar[str] = "intake.request.submitted.v1"

    request_id: UUID
    form: str
    subject: Personal[str]
    body: Personal[str]
    fields: Personal[dict[str, Answer]]
    requester: Requester
    filed_by: Actor | None = None
    context: Context
    language: Literal["it", "en"]
    priority: Priority
    submitted_at: datetime
    ticket_number: str | None = None
