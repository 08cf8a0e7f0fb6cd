"""Notices: what an operator is notified of about one change of a ticket, and when a digest of them
is due.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notify.domain.matrix import Why
from shared.contracts.events.notify import MailRhythm, NoticeKind
from shared.contracts.people import Actor, Requester
from shared.core.ids import DeliveryId, derived_id
from shared.policy.happenings import Happening, Key


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of the ledger of notices: `operator` is told of the change that made `ticket_version`,
    as what `why` says.

    `queue` is where the ticket was then, `subject` the ticket's. `rhythm` is how it comes by mail;
    `delivery_id` is the id of that mail, or None before a mail exists. With the rhythm `each` it
    equals the id of the notice, unless the notice waits to share a mail with others of its queue.
    `mail_subject` is then the subject of all mails of the ticket. `happened` and `other` have the
    meaning that they have in `Happening`, for a later digest; `reason` is the text that the
    notice's own mail would have.
    """

    id: UUID
    ticket_id: UUID
    ticket_version: int
    number: str
    subject: str
    queue: str | None
    operator: str
    kind: NoticeKind
    why: Why
    actor: Actor
    rhythm: MailRhythm
    delivery_id: UUID | None
    raised_at: datetime
    mail_subject: str | None = None
    reason: str | None = None
    happened: Key | None = None
    other: str | None = None

    @property
    def happening(self) -> Happening | None:
        """What happened; None where that was not kept."""
        if self.happened is None:
            return None
        return Happening(self.happened, self.actor.name, self.other, self.queue, self.reason)


GATHERED: frozenset[NoticeKind] = frozenset({"created", "undelivered"})
"""Kinds of notices that can come to a queue in large numbers; the notices of one queue share a
mail.

Of what a requester does to a ticket the first notice leaves at once, and what follows within the
same time shares a mail.
"""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How an operator wants to be told, at `version`; 0 is what holds while he has not chosen."""

    version: int = 0
    rhythm: MailRhythm = "each"
    muted: frozenset[NoticeKind] = frozenset()


UNCHOSEN = Preferences()


def is_act_of(requester: Requester, *, identity: str | None, name: str) -> bool:
    """Return whether the actor with this identity and name is `requester`, who may act as often as
    they like.
    """
    if requester.identity is not None:
        return identity == requester.identity
    return identity is None and name == requester.name


def notice_id(ticket_id: UUID, version: int, operator: str) -> UUID:
    """Return the id of what `operator` is told of the change that made `version`: the same at every
    repeat.
    """
    return derived_id("notice-to", ticket_id, version, operator)


def digest_day(now: datetime, *, at: time, timezone: str) -> tuple[date, datetime]:
    """Return the day of the newest digest that is due at `now`, and the moment at which it became
    due.

    That is `at` o'clock in `timezone`. After a night in which nobody was there to send it, it is
    still the same one.
    """
    local = now.astimezone(ZoneInfo(timezone))
    day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    return day, datetime.combine(day, at, ZoneInfo(timezone)).astimezone(now.tzinfo)


def digest_id(operator: str, day: date) -> DeliveryId:
    """Return the id of the one digest that `operator` gets on `day`."""
    return DeliveryId(derived_id("digest", operator, day.isoformat()))
