"""The life of a delivery: queued, sending, then sent, failed, or waiting for the next attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused, Uncertain
from shared.contracts.events.notify import DeliveryState, MailKind
from shared.core.backoff import Backoff
from shared.core.cause import Cause
from shared.core.ids import DeliveryId

ENDED: frozenset[DeliveryState] = frozenset({"sent", "resent", "failed"})
"""States in which nothing more happens, and the next mail of the same ticket and recipient may
go.
"""

OperatorMailKind = Literal["notice", "digest"]
TO_OPERATORS: frozenset[str] = frozenset({"notice", "digest"})
"""The mails that tell operators: of one change of one ticket, or of what has gathered since the
last digest.
"""

LEASE_LOST = "the process that was sending it ended"
LEFT_OUT = "the address was sent too many mails within the hour"
"""Why a mail never leaves that a stranger may have asked for.

It fails nobody, so nobody is told of it.
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to one recipient, as it was when it was queued.

    Nothing of this changes, but for `recipient`, `queued_at` and the link in `body` where a failed
    mail is sent again.

    `sequence` orders the deliveries of one ticket to one recipient; `owed_at` is when the step was
    taken that it tells of. `cause` is that of the event that owed the mail. Of a mail to an
    operator `article_id` is its own id again; a digest has no `ticket_number`, and in place of a
    ticket's id one of its operator's own.
    """

    id: DeliveryId
    ticket_id: UUID
    ticket_number: str
    kind: MailKind | OperatorMailKind
    recipient: str
    recipient_name: str
    sender_name: str
    language: str
    subject: str
    body: str
    message_id: str
    article_id: UUID
    sequence: int
    owed_at: datetime
    queued_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in the hands of this process; `version` is that of its row now.

    `attempts` counts the attempts before this one. `maybe_sent`: an earlier attempt may have
    reached the recipient. `reason` is why the last attempt did not succeed, None where there was
    none. `earlier` are the Message-IDs, oldest first, of the mails of this ticket that this
    recipient got before. `is_resent`: it had failed, and an operator had it sent again.
    """

    delivery: Delivery
    version: int
    attempts: int
    maybe_sent: bool
    reason: str | None
    earlier: tuple[str, ...] = ()
    is_resent: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a claimed delivery. `next_attempt_at` is None where nothing more happens."""

    state: DeliveryState
    attempts: int
    maybe_sent: bool
    reason: str | None
    next_attempt_at: datetime | None
    is_news: bool
    """Whether others are told: of every end, and of the first time that a mail must wait or is
    uncertain.
    """


def waiting_state(*, maybe_sent: bool, reason: str | None) -> DeliveryState:
    """Return the state of a delivery that waits, by what happened to it so far."""
    if maybe_sent:
        return "uncertain"
    return "queued" if reason is None else "delayed"


def end_of_attempt(
    claimed: Claimed,
    outcome: Outcome,
    *,
    now: datetime,
    luck: float,
    backoff: Backoff,
    give_up_after: timedelta,
    server_pause: datetime | None,
) -> Ending:
    """Return what becomes of `claimed` after an attempt with `outcome`. `luck` as in Backoff.

    Where only the server is at fault the attempt is not counted, and the next one comes at
    `server_pause`; so for a mail that was not even tried because the one before it found the server
    in trouble.
    """
    if isinstance(outcome, Accepted):
        state: DeliveryState = "resent" if claimed.maybe_sent or claimed.is_resent else "sent"
        return Ending(state, claimed.attempts + 1, claimed.maybe_sent, None, None, is_news=True)
    if isinstance(outcome, Refused):
        return Ending(
            "failed", claimed.attempts + 1, claimed.maybe_sent, outcome.reason, None, is_news=True
        )
    only_the_server = isinstance(outcome, Delayed) and outcome.fault == "server"
    attempts = claimed.attempts + (0 if only_the_server else 1)
    maybe_sent = claimed.maybe_sent or isinstance(outcome, Uncertain)
    if now - claimed.delivery.queued_at >= give_up_after:
        reason = f"gave up after {give_up_after / timedelta(days=1):g} days: {outcome.reason}"
        return Ending("failed", attempts, maybe_sent, reason, None, is_news=True)
    own_pause = now + timedelta(seconds=backoff.wait(max(attempts, 1), luck=luck))
    return Ending(
        state=waiting_state(maybe_sent=maybe_sent, reason=outcome.reason),
        attempts=attempts,
        maybe_sent=maybe_sent,
        reason=outcome.reason,
        next_attempt_at=server_pause if only_the_server and server_pause else own_pause,
        is_news=claimed.reason is None or maybe_sent != claimed.maybe_sent,
    )


def withheld(claimed: Claimed, *, reason: str) -> Ending:
    """Return what becomes of `claimed` where its recipient may no longer be told: it is never
    sent.
    """
    return Ending("failed", claimed.attempts, claimed.maybe_sent, reason, None, is_news=True)


def put_back(claimed: Claimed, *, now: datetime) -> Ending:
    """Return what becomes of `claimed` when this process stops before it was tried: as if it had
    never been claimed.
    """
    state = waiting_state(maybe_sent=claimed.maybe_sent, reason=claimed.reason)
    return Ending(state, claimed.attempts, claimed.maybe_sent, claimed.reason, now, is_news=False)
