"""How notify tells others about mails and notices."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.notify.domain.delivery import Delivery
from services.notify.domain.notices import Notice
from shared.contracts.events.notify import (
    DeliveryDelayed,
    DeliveryEvent,
    DeliveryFailed,
    DeliverySent,
    DeliveryState,
    NoticeFacts,
    NoticesMailed,
    NoticesRaised,
    NoticeState,
)
from shared.contracts.guest_links import without_links
from shared.core.cause import Cause
from shared.database.unit_of_work import UnitOfWork

MOST_TOGETHER = 100
"""Notices in one event: far less than the bus carries, also where each has a long reason."""


def publish_delivery(
    uow: UnitOfWork, delivery: Delivery, *, version: int, state: DeliveryState, reason: str | None
) -> None:
    """Tell what became of a mail about a ticket to somebody who is no operator of it.

    Raises ValueError for any other.
    """
    told = delivery_event(delivery, version=version, state=state, reason=reason, at=uow.now)
    # Kept in order with all that is said of the same ticket, not only of this mail.
    uow.emit(told, aggregate_id=delivery.ticket_id, cause=delivery.cause)


def delivery_event(
    delivery: Delivery, *, version: int, state: DeliveryState, reason: str | None, at: datetime
) -> DeliveryEvent:
    """Return the event that tells what became of a mail at `at`.

    Raises ValueError for a mail to an operator.
    """
    if delivery.kind == "notice" or delivery.kind == "digest":
        raise ValueError(
            f"delivery {delivery.id} is a {delivery.kind}: what became of it is told of its notices"
        )
    return _event_class(state)(
        delivery_id=delivery.id,
        version=version,
        ticket_id=delivery.ticket_id,
        article_id=delivery.article_id,
        kind=delivery.kind,
        state=state,
        recipient=delivery.recipient,
        subject=delivery.subject,
        body=without_links(delivery.body),
        reason=reason,
        owed_at=delivery.owed_at,
        at=at,
    )


def publish_raised(
    uow: UnitOfWork, notices: Sequence[NoticeFacts], *, cause: Cause, target: str | None = None
) -> None:
    """Publish `notices` as raised, with `recipient` set where a mail is to be sent.

    `target` limits the event to one service.
    """
    for together in _some_at_a_time(notices):
        uow.emit(
            NoticesRaised(notices=together),
            aggregate_id=together[0].ticket_id,
            cause=cause,
            target=target,
        )


def publish_mailed(
    uow: UnitOfWork, notices: Sequence[NoticeFacts], *, cause: Cause, target: str | None = None
) -> None:
    """Publish the state of the mails of `notices`; each version is that of the mail.

    `target` limits the event to one service.
    """
    for together in _some_at_a_time(notices):
        uow.emit(
            NoticesMailed(notices=together),
            aggregate_id=together[0].ticket_id,
            cause=cause,
            target=target,
        )


def publish_failed(
    uow: UnitOfWork,
    notices: Iterable[Notice],
    *,
    recipient: str | None = None,
    reason: str,
    cause: Cause,
) -> None:
    """Publish that `notices`, which waited to share a mail, will not be mailed."""
    failed = [
        notice_facts(each, version=2, state="failed", recipient=recipient, reason=reason)
        for each in notices
    ]
    publish_mailed(uow, failed, cause=cause)


def notice_facts(
    notice: Notice, *, version: int, state: NoticeState, recipient: str | None, reason: str | None
) -> NoticeFacts:
    """Return how a notice stands."""
    return NoticeFacts(
        notice_id=notice.id,
        version=version,
        ticket_id=notice.ticket_id,
        ticket_version=notice.ticket_version,
        number=notice.number,
        operator=notice.operator,
        kind=notice.kind,
        actor=notice.actor,
        state=state,
        recipient=recipient,
        reason=reason,
        at=notice.raised_at,
    )


def _some_at_a_time(notices: Sequence[NoticeFacts]) -> Iterator[tuple[NoticeFacts, ...]]:
    for start in range(0, len(notices), MOST_TOGETHER):
        yield tuple(notices[start : start + MOST_TOGETHER])


def _event_class(state: DeliveryState) -> type[DeliveryEvent]:
    if state in ("sent", "resent"):
        return DeliverySent
    return DeliveryFailed if state == "failed" else DeliveryDelayed
