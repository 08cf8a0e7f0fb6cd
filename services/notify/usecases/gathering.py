"""Gather what can come in numbers into one mail to each operator: new tickets of a queue, and what
a requester does to a ticket.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.domain.delivery import Delivery
from services.notify.domain.matrix import may_see
from services.notify.domain.notices import Notice
from services.notify.domain.text import one_line
from services.notify.mail.mime import message_id
from services.notify.mail.templates.notices import gathered_text, several_text, single_text
from services.notify.repository.deliveries import insert_deliveries
from services.notify.repository.gathering import Gathering, claim_gathering, gatherings_due
from services.notify.repository.notices import mail_no_more
from services.notify.usecases.context import Work
from services.notify.usecases.mails import require_sender, why_impossible
from services.notify.usecases.notices import LANGUAGES, UNSEEN
from services.notify.usecases.publishing import publish_failed
from shared.core.cause import Cause
from shared.core.ids import DeliveryId, derived_id, new_id
from shared.database.unit_of_work import UnitOfWork

GATHERINGS_AT_ONCE = 50


async def queue_gatherings(work: Work, *, before: datetime) -> bool:
    """Queue the mails of gatherings whose first notice was raised by the moment `before`; return
    whether there were any.

    What is raised later and waits already comes along. Raises NotYet while the desk itself has no
    address.
    """
    uow, desk = work.uow, work.desk.desk
    due = await gatherings_due(uow.connection, before=before, limit=GATHERINGS_AT_ONCE)
    if due:
        require_sender(desk)
    for gathering in due:
        delivery_id = DeliveryId(new_id())
        known = await claim_gathering(uow.connection, gathering, delivery_id=delivery_id)
        seen: list[Notice] = []
        unseen: list[Notice] = []
        for each in known:
            (seen if may_see(desk, gathering.operator, each.queue_now) else unseen).append(
                each.notice
            )
        await _forget(uow, unseen)
        if seen:
            await _queue(work, gathering, seen, delivery_id=delivery_id)
    return bool(due)


async def _forget(uow: UnitOfWork, unseen: Sequence[Notice]) -> None:
    """Have no mail tell what its operator may no longer see."""
    if unseen:
        await mail_no_more(uow.connection, unseen)
        publish_failed(uow, unseen, reason=UNSEEN, cause=Cause.fresh())


async def _queue(
    work: Work,
    gathering: Gathering,
    notices: Sequence[Notice],
    *,
    delivery_id: DeliveryId,
) -> None:
    uow, now = work.uow, work.now
    operator = work.desk.desk.operators[gathering.operator]
    recipient = one_line(operator.email)
    impossible = why_impossible(recipient)
    delivery = _delivery(work, gathering, notices, delivery_id=delivery_id, recipient=recipient)
    await insert_deliveries(uow.connection, [(delivery, impossible)], now=now, due=now)
    if impossible is not None:
        publish_failed(uow, notices, recipient=recipient, reason=impossible, cause=delivery.cause)


def _delivery(
    work: Work,
    gathering: Gathering,
    notices: Sequence[Notice],
    *,
    delivery_id: DeliveryId,
    recipient: str,
) -> Delivery:
    """Return the mail of a gathering: of a single notice it is the one that the notice would have
    had by itself.
    """
    desk, pages = work.desk.desk, work.pages
    first = notices[0]
    is_alone, is_of_one = len(notices) == 1, len(notices) == 1 or gathering.ticket_id is not None
    if is_alone:
        text = single_text(desk, first, pages=pages)
    elif is_of_one:
        text = several_text(desk, notices, pages=pages)
    else:
        text = gathered_text(desk, gathering.kind, gathering.queue, notices, pages=pages)
    common: UUID = derived_id("gathered", gathering.operator, gathering.queue or "", gathering.kind)
    return Delivery(
        id=delivery_id,
        ticket_id=first.ticket_id if is_of_one else common,
        ticket_number=first.number if is_of_one else "",
        kind="notice" if is_of_one else "digest",
        recipient=recipient,
        recipient_name=one_line(desk.operators[gathering.operator].name),
        sender_name=one_line(desk.name.it),
        language=LANGUAGES,
        subject=text.subject,
        body=text.body,
        message_id=message_id(delivery_id, mail_from=desk.mail_from),
        article_id=delivery_id,
        sequence=notices[-1].ticket_version if is_of_one else 0,
        owed_at=first.raised_at + timedelta(microseconds=1),
        queued_at=work.now,
        cause=Cause.fresh(),
    )
