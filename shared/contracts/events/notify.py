"""What notify says about its deliveries (one mail to one recipient each)."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.events.base import Event
from shared.contracts.people import Actor
from shared.contracts.values import Part, Personal, Version

MailKind = Literal[
    "receipt",
    "taking_charge",
    "question",
    "answer",
    "final_answer",
    "reminder",
    "expired",
    "forward",
    "link",
]
DeliveryState = Literal["queued", "sending", "sent", "uncertain", "delayed", "failed", "resent"]
"""`uncertain`: handed over, but the answer was lost. `resent`: sent again after that, or after a
failure because an operator wished it, with the same Message-ID."""


class DeliveryEvent(Event):
    """The state of one delivery at `version`.

    `owed_at` is the time of the change that the mail is about. `article_id` is the article that the
    mail is: the question, answer or forward that it carries, or for the notices to the requester
    (receipt, taking charge, reminder, expired) the article `notice` that tickets appends when it
    first hears of the delivery. `body` is the mail's text without the link by which a requester
    without an account reaches the request.
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
    """The mail server took a mail. When: once per mail.

    The state is `sent`, or `resent` after an uncertain end.
    """

    NAME: ClassVar[str] = "notify.delivery.sent.v1"


class DeliveryDelayed(DeliveryEvent):
    """A mail could not be sent yet and will be tried again.

    When: at its first failed attempt (state `delayed`), when it first becomes `uncertain`, and when
    an operator has a failed one sent again (state `queued`).
    """

    NAME: ClassVar[str] = "notify.delivery.delayed.v1"


class DeliveryFailed(DeliveryEvent):
    """A mail will not be sent: refused for good, or given up after days; `reason` says why."""

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
"""The kinds of notices, as operators see them. `child` is all that happens between a ticket and its
children. `changed` is every change without a kind of its own (priority, links, merging and others);
the responsible is notified of it."""

NoticeState = Literal[
    "told", "digest", "queued", "sending", "sent", "uncertain", "delayed", "failed", "resent"
]
"""`told`: by the bell only. `digest`: it waits for the digest of its operator. The others are the
states of its mail."""


class NoticeFacts(Part):
    """One operator's notice of one change of a ticket, at `version`.

    `operator` is an identity, `actor` the person who made the change, `ticket_version` the version
    that the change made, `at` the time of the notice. One person gets at most one notice for one
    change.
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
    """Operators are notified of a change. When: once for each change and person."""

    NAME: ClassVar[str] = "notify.notices.raised.v1"

    notices: tuple[NoticeFacts, ...]


class NoticesMailed(Event):
    """The mail of these notices was sent, is delayed, or failed: as for deliveries."""

    NAME: ClassVar[str] = "notify.notices.mailed.v1"

    notices: tuple[NoticeFacts, ...]


class NoticeRaised(NoticeFacts, Event):
    """One notice, as in `notify.notices.raised.v1`. When: only by earlier versions of Sportello."""

    NAME: ClassVar[str] = "notify.notice.raised.v1"


class NoticeMailed(NoticeFacts, Event):
    """One notice, as in `notify.notices.mailed.v1`. When: only by earlier versions of Sportello."""

    NAME: ClassVar[str] = "notify.notice.mailed.v1"


MailRhythm = Literal["each", "digest", "none"]
"""How notices come by mail: one mail each, gathered in a digest, or not at all. The bell has them
in any case."""


class PreferencesChanged(Event):
    """An operator chose how to be notified.

    `muted` are the kinds that they do not want as one of a queue's operators or as a watcher. When:
    each time they change it.
    """

    NAME: ClassVar[str] = "notify.preferences.changed.v1"

    operator: Personal[str]
    version: Version
    rhythm: MailRhythm
    muted: tuple[NoticeKind, ...]
    at: datetime
