"""What notify does with the ledger of mails: queue those to requesters, and write down what became
of any.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from services.notify.domain.delivery import TO_OPERATORS, Claimed, Delivery, Ending, waiting_state
from services.notify.domain.mails import MailOwed, carries_senders_words, is_countable
from services.notify.domain.text import one_line
from services.notify.mail.mime import message_id
from services.notify.mail.templates.mails import BrokenText, mail_text, sender_name
from services.notify.mail.templates.values import without_confirming
from services.notify.metrics import count_ended
from services.notify.repository.deliveries import (
    SentAgain,
    end_claims,
    insert_deliveries,
    leave_out,
    release_lost_claims,
    requeue_failed,
    set_body,
)
from services.notify.repository.notices import notices_of_mails
from services.notify.usecases.context import Work
from services.notify.usecases.publishing import notice_facts, publish_delivery, publish_mailed
from shared.contracts.desk import Desk
from shared.contracts.events.mails import TicketMailResent
from shared.contracts.events.notify import DeliveryState
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.guest_links import readdressed
from shared.core.cause import Cause
from shared.core.errors import NotYet
from shared.core.ids import DeliveryId
from shared.database.quotas import Quota, use
from shared.database.unit_of_work import UnitOfWork
from shared.text.addresses import NotAnAddress, mail_address, mailbox_of

log = structlog.get_logger()

_COUNTED_WITHIN = timedelta(minutes=59)
"""An hour as intake counts it, less what a request may take until here: who waited as intake asked
for gets a receipt.
"""


class BrokenTexts(Protocol):
    """Told of texts of the desk that do not work."""

    def report(self, desk_version: int, broken: Sequence[BrokenText]) -> None: ...


async def queue_mails(
    work: Work,
    *,
    owed: Sequence[tuple[MailOwed, Cause]],
    broken_texts: BrokenTexts,
    limit_recipient: int,
    due: datetime,
) -> None:
    """Write each mail owed into the ledger, in words, once however often it is owed; it may leave
    from `due` on.

    One to somebody whose address is none has failed already, and is told so. Of what strangers can
    cause to one mailbox only `limit_recipient` (0: any number) leave within an hour. Raises NotYet
    while the desk itself has no address.
    """
    uow, desk = work.uow, work.desk
    require_sender(desk.desk)
    once: dict[DeliveryId, tuple[MailOwed, Cause]] = {}
    for mail, cause in owed:
        once.setdefault(mail.id, (mail, cause))
    queued = []
    for position, (mail, cause) in enumerate(once.values()):
        text = mail_text(desk.desk, mail, pages=work.pages)
        broken_texts.report(desk.version, text.broken)
        # Mails of one batch keep their order where they are sorted by time.
        queued_at = work.now + timedelta(microseconds=position)
        delivery = _delivery(
            mail, desk.desk, subject=text.subject, body=text.body, cause=cause, queued_at=queued_at
        )
        queued.append((delivery, why_impossible(mail.recipient)))
    added = await insert_deliveries(uow.connection, queued, now=work.now, due=due)
    for delivery, impossible in queued:
        if impossible is not None and delivery.id in added:
            log.info("notify.delivery.impossible", delivery_id=delivery.id, kind=delivery.kind)
            publish_delivery(uow, delivery, version=1, state="failed", reason=impossible)
    countable = [
        mail
        for mail, _ in once.values()
        if limit_recipient and mail.id in added and is_countable(mail)
    ]
    await _leave_out(uow, countable, most=limit_recipient, now=work.now)


async def _leave_out(
    uow: UnitOfWork, countable: Sequence[MailOwed], *, most: int, now: datetime
) -> None:
    """Count the new mails `countable` by mailbox, and write of those beyond `most` that they never
    leave.
    """
    by_mailbox: dict[Quota, list[DeliveryId]] = {}
    for mail in countable:
        # Apart, so that nobody keeps the links from somebody by typing their address into forms.
        name = "notify.confirmed" if carries_senders_words(mail.ticket) else "notify.typed"
        quota = Quota.of(name, mailbox_of(mail.recipient), most=most, within=_COUNTED_WITHIN)
        by_mailbox.setdefault(quota, []).append(mail.id)
    used = await use(
        uow.connection, {quota: len(ids) for quota, ids in by_mailbox.items()}, now=now
    )
    beyond: list[DeliveryId] = []
    for quota, ids in by_mailbox.items():
        before = used[quota.key].used - len(ids)
        beyond += ids[max(most - before, 0) :]
    if beyond:
        await leave_out(uow.connection, beyond, now=now)
        log.warning("notify.delivery.left_out", count=len(beyond))


async def write_endings(
    uow: UnitOfWork, *, endings: Sequence[tuple[Claimed, Ending]], claim: UUID, now: datetime
) -> None:
    """Write what became of deliveries claimed by `claim`, and tell it where it is news.

    A row whose lease ended meanwhile belongs to somebody else; what happened here to it is not
    written.
    """
    written = await end_claims(uow.connection, endings, claim=claim, now=now)
    news: list[_News] = []
    for claimed, ending in endings:
        delivery = claimed.delivery
        if delivery.id not in written:
            log.warning("notify.delivery.lease_lost", delivery_id=delivery.id, state=ending.state)
            continue
        log.info(
            "notify.delivery.ended",
            delivery_id=delivery.id,
            kind=delivery.kind,
            state=ending.state,
            attempt=ending.attempts,
        )
        if ending.next_attempt_at is None:
            count_ended(ending.state)
        if ending.is_news:
            news.append((delivery, claimed.version + 1, ending.state, ending.reason))
    await _publish_all(uow, news)


def sent_again(event: TicketEvent) -> SentAgain | None:
    """Return the wish to send a failed mail again that `event` is, None for any other event."""
    if not isinstance(event, TicketMailResent):
        return None
    return SentAgain(event.delivery_id, one_line(event.to), event.ticket.version)


async def send_again(work: Work, *, wishes: Sequence[SentAgain], due: datetime) -> None:
    """Make failed mails due again and tell it, each wish once however often it is heard; the mail
    keeps its Message-ID.

    The requester's link in it becomes the one of the new address: it does not prove that the old
    one is theirs.
    """
    uow = work.uow
    news: list[_News] = []
    for wish in sorted(wishes, key=lambda each: (each.delivery_id.int, each.ticket_version)):
        requeued = await requeue_failed(uow.connection, wish, now=work.now, due=due)
        if requeued is not None:
            log.info("notify.delivery.sent_again", delivery_id=wish.delivery_id)
            mail = requeued.delivery
            body = readdressed(work.pages.secret, mail.body, mail.ticket_id, mail.recipient)
            if body != mail.body:
                # The new address is the operator's choice: opening the page from there confirms
                # nothing.
                await set_body(uow.connection, mail.id, without_confirming(body, mail.language))
            state = waiting_state(maybe_sent=requeued.maybe_sent, reason=None)
            news.append((requeued.delivery, requeued.version, state, None))
    await _publish_all(uow, news)


async def recover_lost_claims(uow: UnitOfWork, *, now: datetime, everybodys: bool = False) -> int:
    """Put back what a process was sending when it ended; return how many.

    Each may have been sent, and is sent again as the same mail.
    """
    lost = await release_lost_claims(uow.connection, now=now, everybodys=everybodys)
    for claimed in lost:
        log.warning(
            "notify.delivery.uncertain", delivery_id=claimed.delivery.id, attempt=claimed.attempts
        )
    await _publish_all(
        uow, [(claimed.delivery, claimed.version, "uncertain", claimed.reason) for claimed in lost]
    )
    return len(lost)


def _delivery(
    mail: MailOwed, desk: Desk, *, subject: str, body: str, cause: Cause, queued_at: datetime
) -> Delivery:
    return Delivery(
        id=mail.id,
        ticket_id=mail.ticket.id,
        ticket_number=mail.ticket.number,
        kind=mail.kind,
        recipient=one_line(mail.recipient),
        recipient_name=one_line(mail.recipient_name),
        sender_name=sender_name(desk, mail),
        language=mail.ticket.language,
        subject=subject,
        body=body,
        message_id=message_id(mail.id, mail_from=desk.mail_from),
        article_id=mail.article_id,
        sequence=mail.sequence,
        # An instant after the step, so that a notice stands below what it tells of.
        owed_at=mail.ticket.updated_at + timedelta(microseconds=1),
        queued_at=queued_at,
        cause=cause,
    )


def require_sender(desk: Desk) -> None:
    """Raise NotYet while `desk` itself has no address: what its mails would be from."""
    try:
        mail_address(desk.mail_from)
    except NotAnAddress as error:
        raise NotYet(f"a desk whose mail_from is an address: {error}") from error


def why_impossible(recipient: str) -> str | None:
    """Return why no mail can ever reach `recipient`, None where one can."""
    try:
        mail_address(recipient)
    except NotAnAddress as error:
        return f"not an address: {error}"
    return None


_News = tuple[Delivery, int, DeliveryState, str | None]
"""A delivery, its version, the state it is in since, and why."""


async def _publish_all(uow: UnitOfWork, news: Sequence[_News]) -> None:
    told = await notices_of_mails(
        uow.connection, (delivery.id for delivery, *_ in news if delivery.kind in TO_OPERATORS)
    )
    for delivery, version, state, reason in news:
        if delivery.kind in TO_OPERATORS:
            facts = [
                notice_facts(
                    each.notice,
                    version=version,
                    state=state,
                    recipient=delivery.recipient,
                    reason=reason,
                )
                for each in told.get(delivery.id, ())
            ]
            publish_mailed(uow, facts, cause=delivery.cause)
        else:
            publish_delivery(uow, delivery, version=version, state=state, reason=reason)
