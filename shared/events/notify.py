"""What notify says about its deliveries (one mail to one recipient each)."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.base import Event
from shared.personal import Personal

MailKind = Literal["receipt", "taking_charge", "question", "answer", "final_answer"]
DeliveryState = Literal["queued", "sending", "sent", "uncertain", "delayed", "failed", "resent"]
"""`uncertain`: handed over, but the answer was lost. `resent`: sent again after that, with the same Message-ID."""


class DeliveryEvent(Event):
    """The state of one delivery at `version`; `owed_at` is when the step was taken that the mail tells of.

    `article_id` is the article the mail is: the question or answer it carries, or for receipt and taking charge the
    article `notice` that tickets appends when it first hears of the delivery.
    """

    delivery_id: UUID
    version: int
    ticket_id: UUID
    article_id: UUID
    kind: MailKind
    state: DeliveryState
    recipient: Personal[str]
    subject: Personal[str]
    body: Personal[str]
    reason: Personal[str | None] = None
    owed_at: datetime
    at: datetime


class DeliverySent(DeliveryEvent):
    """The mail server took a mail (state `sent`, or `resent` after an uncertain end). When: once per mail. Who cares: tickets, portal."""

    NAME: ClassVar[str] = "notify.delivery.sent.v1"


class DeliveryDelayed(DeliveryEvent):
    """A mail could not be sent yet and will be tried again.

    When: at its first failed attempt (state `delayed`), and when it first becomes `uncertain`. Who cares: tickets, portal.
    """

    NAME: ClassVar[str] = "notify.delivery.delayed.v1"


class DeliveryFailed(DeliveryEvent):
    """A mail will not be sent: refused for good, or given up after days; `reason` says why. Who cares: tickets, portal."""

    NAME: ClassVar[str] = "notify.delivery.failed.v1"
