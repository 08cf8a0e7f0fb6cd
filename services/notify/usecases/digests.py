"""What notify does to gather notices: one mail a day and operator."""

from collections.abc import Sequence
from datetime import date, datetime, time

from services.notify.domain.delivery import Delivery
from services.notify.domain.matrix import may_see
from services.notify.domain.notices import Notice, digest_day, digest_id
from services.notify.domain.text import one_line
from services.notify.mail.mime import message_id
from services.notify.mail.templates.notices import digest_text
from services.notify.repository.deliveries import insert_deliveries
from services.notify.repository.notices import (
    Known,
    never_mail,
    notices_for_digest,
    operators_awaiting_digest,
    put_in_digest,
)
from services.notify.repository.preferences import operator_id
from services.notify.usecases.context import Work
from services.notify.usecases.mails import require_sender, why_impossible
from services.notify.usecases.notices import LANGUAGES, UNSEEN
from services.notify.usecases.publishing import publish_failed
from shared.contracts.desk import Desk
from shared.core.cause import Cause
from shared.database.unit_of_work import UnitOfWork

OPERATORS_AT_ONCE = 50


async def queue_digests(work: Work, *, at: time, after: str) -> str | None:
    """Queue the newest digest that is due, for the next operators behind `after` who wait for it;
    return the last of them, or None.

    `at` is the time of the day in the desk's time zone. What is raised later waits for the next
    day, as does what comes too late for a digest that is queued already: there is one for each
    operator and day, in any number of processes. Raises NotYet while the desk itself has no
    address.
    """
    uow, desk = work.uow, work.desk.desk
    day, before = digest_day(work.now, at=at, timezone=desk.timezone)
    operators = await operators_awaiting_digest(
        uow.connection, before=before, after=after, limit=OPERATORS_AT_ONCE
    )
    if not operators:
        return None
    require_sender(desk)
    waiting = await notices_for_digest(uow.connection, operators=operators, before=before)
    for operator, known in waiting.items():
        seen = await _without_unseen(uow, desk, known)
        if seen:
            await _queue_digest(work, operator, seen, day=day, owed_at=before)
    return operators[-1]


async def _without_unseen(uow: UnitOfWork, desk: Desk, known: Sequence[Known]) -> list[Notice]:
    """Return what its operator may still see; the rest is told to have failed."""
    seen = [each.notice for each in known if may_see(desk, each.notice.operator, each.queue_now)]
    unseen = [
        each.notice for each in known if not may_see(desk, each.notice.operator, each.queue_now)
    ]
    if unseen:
        ended = await never_mail(uow.connection, unseen)
        publish_failed(
            uow, (each for each in unseen if each.id in ended), reason=UNSEEN, cause=Cause.fresh()
        )
    return seen


async def _queue_digest(
    work: Work,
    operator: str,
    notices: Sequence[Notice],
    *,
    day: date,
    owed_at: datetime,
) -> None:
    uow, desk, now = work.uow, work.desk.desk, work.now
    described = desk.operators[operator]
    delivery_id = digest_id(operator, day)
    text = digest_text(desk, notices, day=day, pages=work.pages)
    recipient = one_line(described.email)
    delivery = Delivery(
        id=delivery_id,
        ticket_id=operator_id(operator),
        ticket_number="",
        kind="digest",
        recipient=recipient,
        recipient_name=one_line(described.name),
        sender_name=one_line(desk.name.it),
        language=LANGUAGES,
        subject=text.subject,
        body=text.body,
        message_id=message_id(delivery_id, mail_from=desk.mail_from),
        article_id=delivery_id,
        sequence=day.toordinal(),
        owed_at=owed_at,
        queued_at=now,
        cause=Cause.fresh(),
    )
    impossible = why_impossible(recipient)
    # The row is the claim: of two processes one adds it, and the other leaves the notices alone.
    if await insert_deliveries(uow.connection, [(delivery, impossible)], now=now, due=now):
        await put_in_digest(uow.connection, delivery_id=delivery_id, notices=notices)
        if impossible is not None:
            publish_failed(
                uow, notices, recipient=recipient, reason=impossible, cause=delivery.cause
            )
