"""How notify tells others about mails and notices."""

from datetime import datetime

from services.notify.domain.delivery import Delivery
from services.notify.domain.notices import Notice
from shared.cause import Cause
from shared.database.unit_of_work import UnitOfWork
from shared.events.notify import (
    DeliveryDelayed,
    DeliveryEvent,
    DeliveryFailed,
    DeliverySent,
    DeliveryState,
    NoticeEvent,
    NoticeMailed,
    NoticeRaised,
    NoticeState,
)
from shared.guest_links import without_links


def tell_delivery(uow: UnitOfWork, delivery: Delivery, *, version: int, state: DeliveryState, reason: str | None) -> None:
    """Tell what became of a mail about a ticket to somebody who is no operator of it. Raises ValueError for any other."""
    told = delivery_event(delivery, version=version, state=state, reason=reason, at=uow.now)
    # Kept in order with all that is said of the same ticket, not only of this mail.
    uow.emit(told, aggregate_id=delivery.ticket_id, cause=delivery.cause)


def delivery_event(delivery: Delivery, *, version: int, state: DeliveryState, reason: str | None, at: datetime) -> DeliveryEvent:
    """Return the event that tells what became of a mail at `at`. Raises ValueError for a mail to an operator."""
    if delivery.kind == "notice" or delivery.kind == "digest":
        raise ValueError(f"delivery {delivery.id} is a {delivery.kind}: what became of it is told of its notices")
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


def tell_raised(
    uow: UnitOfWork, notice: Notice, *, state: NoticeState, recipient: str | None, reason: str | None = None, cause: Cause
) -> None:
    """Tell that an operator is to be told; `recipient` is his address where a mail will do it."""
    told = notice_event(NoticeRaised, notice, version=1, state=state, recipient=recipient, reason=reason, at=uow.now)
    uow.emit(told, aggregate_id=notice.ticket_id, cause=cause)


def tell_mailed(
    uow: UnitOfWork, notice: Notice, *, version: int, state: NoticeState, recipient: str | None, reason: str | None, cause: Cause
) -> None:
    """Tell what became of the mail that tells `notice`; `version` is that mail's."""
    told = notice_event(NoticeMailed, notice, version=version, state=state, recipient=recipient, reason=reason, at=uow.now)
    uow.emit(told, aggregate_id=notice.ticket_id, cause=cause)


def notice_event(
    event: type[NoticeEvent],
    notice: Notice,
    *,
    version: int,
    state: NoticeState,
    recipient: str | None,
    reason: str | None,
    at: datetime,
) -> NoticeEvent:
    """Return the event of the class `event` that tells how a notice stands since `at`."""
    return event(
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
        at=at,
    )


def _event_class(state: DeliveryState) -> type[DeliveryEvent]:
    if state in ("sent", "resent"):
        return DeliverySent
    return DeliveryFailed if state == "failed" else DeliveryDelayed
