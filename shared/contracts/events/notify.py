"""What notify says about its deliveries (one mail to one recipient each)."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.events.base import Event
from shared.contracts.people import Actor
from shared.contracts.values import Part, Personal, Version

MailKind = Literal["receipt", "taking_charge", "question", "answer", "final_answer", "reminder", "expired", "forward", "link"]
DeliveryState = Literal["queued", "sending", "sent", "uncertain", "delayed", "failed", "resent"]
"""`uncertain`: handed over, but the answer was lost. `resent`: sent again after that, or after a failure by an operator's wish, with the
same Message-ID."""


class DeliveryEvent(Event):
    """The state of one delivery at `version`; `owed_at` is when the step was taken that the mail tells of.

    `article_id` is the article the mail is: the question, answer or forward it carries, or for the notices to the requester (receipt,
    taking charge, reminder, expired) the article `notice` that tickets appends when it first hears of the delivery. `body` is the mail's
    text without the link by which a requester without an account reaches the request.
    """

    delivery_id: UUID
    version: Version
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

    When: at its first failed attempt (state `delayed`), when it first becomes `uncertain`, and when an operator has a failed
    one sent again (state `queued`). Who cares: tickets, portal.
    """

    NAME: ClassVar[str] = "notify.delivery.delayed.v1"


class DeliveryFailed(DeliveryEvent):
    """A mail will not be sent: refused for good, or given up after days; `reason` says why. Who cares: tickets, portal."""

    NAME: ClassVar[str] = "notify.delivery.failed.v1"


NoticeKind = Literal[
    "created",
    "taken",
    "question",
    "requester_replied",
    "note",
    "owner_changed",
    "released",
    "responsible_changed",
    "moved",
    "child",
    "closed",
    "reopened",
    "due",
    "undelivered",
    "changed",
]
"""The rows of the matrix of who is told, as operators see them; `child` is all that happens between a ticket and its children, `changed`
what has no row of its own (priority, links, merging ...) and is told to the responsible."""

NoticeState = Literal["told", "digest", "queued", "sending", "sent", "uncertain", "delayed", "failed", "resent"]
"""`told`: by the bell only. `digest`: it waits for the digest of its operator. The others are those of its mail."""


class NoticeFacts(Part):
    """What one operator is told of one change of a ticket, at `version`. `operator` is an identity, `actor` who made the change.

    `ticket_version` is the version that the change made, `at` when it was told of. At most one notice goes to one person for one change.
    """

    notice_id: UUID
    version: Version
    ticket_id: UUID
    ticket_version: Version
    number: str
    operator: Personal[str]
    kind: NoticeKind
    actor: Actor
    state: NoticeState
    recipient: Personal[str | None] = None
    reason: Personal[str | None] = None
    at: datetime


class NoticesRaised(Event):
    """Operators are to be told of a change. When: once for each change and person. Who cares: portal (the bell, the history)."""

    NAME: ClassVar[str] = "notify.notices.raised.v1"

    notices: tuple[NoticeFacts, ...]


class NoticesMailed(Event):
    """The mail of these notices went out, waits, or failed: as for deliveries. Who cares: portal (the history)."""

    NAME: ClassVar[str] = "notify.notices.mailed.v1"

    notices: tuple[NoticeFacts, ...]


class NoticeRaised(NoticeFacts, Event):
    """As `notify.notices.raised.v1`, of one notice. When: no more; former versions of Sportello said it. Who cares: portal."""

    NAME: ClassVar[str] = "notify.notice.raised.v1"


class NoticeMailed(NoticeFacts, Event):
    """As `notify.notices.mailed.v1`, of one notice. When: no more; former versions of Sportello said it. Who cares: portal."""

    NAME: ClassVar[str] = "notify.notice.mailed.v1"


MailRhythm = Literal["each", "digest", "none"]
"""How notices come by mail: one mail each, gathered in a digest, or not at all. The bell has them in any case."""


class PreferencesChanged(Event):
    """An operator chose how to be told; `muted` are the kinds that he does not want as one of a queue's operators or as watcher.

    When: each time he changes it. Who cares: portal, which shows it.
    """

    NAME: ClassVar[str] = "notify.preferences.changed.v1"

    operator: Personal[str]
    version: Version
    rhythm: MailRhythm
    muted: tuple[NoticeKind, ...]
    at: datetime
