"""What notify does to tell operators: raise notices, and ask again before a mail leaves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.domain.delivery import TO_OPERATORS, Claimed, Delivery
from services.notify.domain.mails import MailOwed
from services.notify.domain.matrix import NoticeOwed, Subscribers, is_muted, may_see, notices_owed
from services.notify.domain.notices import (
    GATHERED,
    UNCHOSEN,
    Notice,
    Preferences,
    is_act_of,
    notice_id,
)
from services.notify.domain.text import one_line
from services.notify.mail.mime import message_id
from services.notify.mail.templates.notices import NoticeText, notice_text
from services.notify.mail.templates.values import thread_subject
from services.notify.repository.deliveries import insert_deliveries
from services.notify.repository.gathering import mailed_lately
from services.notify.repository.notices import (
    Place,
    insert_notices,
    notices_of_mails,
    put_in_digest,
)
from services.notify.repository.preferences import preferences_of
from services.notify.usecases.context import Work
from services.notify.usecases.mails import require_sender, why_impossible
from services.notify.usecases.publishing import notice_facts, publish_raised
from shared.contracts.desk import Desk
from shared.contracts.events.notify import NoticeFacts, NoticeState
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import TicketCreated, TicketEvent
from shared.core.cause import Cause
from shared.core.ids import DeliveryId
from shared.database.unit_of_work import UnitOfWork
from shared.policy.happenings import Happening, what_happened

LANGUAGES = "it, en"
"""What language an operator reads is not known; mails to operators say all in both."""
UNSEEN = "its operator may no longer see the ticket"


def place_after(event: TicketEvent, *, is_replay: bool) -> Place | None:
    """Return where `event` says that its ticket is, None where it says nothing new of that."""
    if is_replay or isinstance(event, TicketCreated) or "queue" in event.changes:
        return Place(event.ticket.id, event.ticket.version, event.ticket.queue)
    return None


async def raise_notices(
    work: Work,
    *,
    events: Sequence[tuple[TicketEvent, Cause, MailOwed | None]],
    places: Sequence[Place],
    gathering: timedelta,
    only: frozenset[str] | None = None,
    due: datetime,
) -> None:
    """Write into the ledger who is told of `events`, and say so, once however often they are heard;
    mails may leave from `due` on.

    With each event goes the mail that it owes the requester or an outside address. `places` is
    where the batch says that tickets are. Notices that can come in numbers wait as long as
    `gathering` to share a mail (0: none does). `only` are the operators who may be told, None:
    everybody. Raises NotYet where there is something to tell while the desk itself has no address.
    """
    uow, desk = work.uow, work.desk.desk
    subscribers = Subscribers(desk)
    owed = [
        (event, cause, one)
        for event, cause, mail in events
        for one in notices_owed(event, desk, subscribers, mail=mail)
    ]
    owed = [each for each in owed if only is None or each[2].operator in only]
    if owed:
        require_sender(desk)
    preferences = await preferences_of(uow.connection, {one.operator for _, _, one in owed})
    mailed = (
        await _mailed_to(uow, [event for event, _, _ in owed], since=work.now - gathering)
        if gathering
        else None
    )
    wanted: dict[UUID, tuple[Notice, TicketEvent, Cause]] = {}
    for event, cause, one in owed:
        chosen = preferences.get(one.operator, UNCHOSEN)
        if not is_muted(one, chosen.muted):
            waits = mailed is not None and _waits(event, one, chosen, desk, mailed)
            notice = _notice(event, one, chosen, desk, waits=waits, now=work.now)
            wanted.setdefault(notice.id, (notice, event, cause))
    added = await insert_notices(
        uow.connection, [notice for notice, _, _ in wanted.values()], _newest(places)
    )
    await _mail_and_publish(work, [wanted[each] for each in wanted if each in added], due=due)


async def store_places(uow: UnitOfWork, *, tickets: Sequence[TicketState]) -> None:
    """Note in which queues `tickets` are, where that is newer than what is known."""
    await insert_notices(
        uow.connection,
        [],
        _newest([Place(ticket.id, ticket.version, ticket.queue) for ticket in tickets]),
    )


async def find_withheld(
    uow: UnitOfWork, *, claimed: Sequence[Claimed], desk: Desk
) -> dict[DeliveryId, str]:
    """Return which of `claimed` may not be sent under `desk`, and why: they tell of a ticket that
    their operator no longer sees.

    What else stands in such a digest waits for the next one.
    """
    told = await notices_of_mails(
        uow.connection, (one.delivery.id for one in claimed if one.delivery.kind in TO_OPERATORS)
    )
    withheld: dict[DeliveryId, str] = {}
    seen: list[Notice] = []
    for delivery_id, known in told.items():
        still = [
            each.notice for each in known if may_see(desk, each.notice.operator, each.queue_now)
        ]
        if len(still) < len(known):
            withheld[DeliveryId(delivery_id)] = UNSEEN
            seen += still
    await put_in_digest(uow.connection, delivery_id=None, notices=seen)
    return withheld


def _newest(places: Sequence[Place]) -> list[Place]:
    return list(
        {place.ticket_id: place for place in sorted(places, key=lambda each: each.version)}.values()
    )


async def _mailed_to(
    uow: UnitOfWork, events: Sequence[TicketEvent], *, since: datetime
) -> set[tuple[UUID, str]]:
    """Return which operators (by ticket) were mailed since then what the requester did, or are
    about to be.
    """
    requesters = {
        event.ticket.id: event.ticket.requester for event in events if _is_of_requester(event)
    }
    known = await mailed_lately(uow.connection, requesters, since=since)
    return {
        (one.ticket_id, one.operator)
        for one in known
        if one.is_waiting
        or is_act_of(requesters[one.ticket_id], identity=one.actor_identity, name=one.actor_name)
    }


def _waits(
    event: TicketEvent,
    owed: NoticeOwed,
    chosen: Preferences,
    desk: Desk,
    mailed: set[tuple[UUID, str]],
) -> bool:
    """Return whether the notice of `event` waits to share a mail.

    `mailed` has those who were mailed a moment ago, and gets who is now.
    """
    # What cannot be mailed has failed at once, as everywhere.
    if (
        chosen.rhythm != "each"
        or why_impossible(one_line(desk.operators[owed.operator].email)) is not None
    ):
        return False
    if owed.why == "queue" and owed.kind in GATHERED:
        return True
    if not _is_of_requester(event):
        return False
    which = (event.ticket.id, owed.operator)
    if which in mailed:
        return True
    mailed.add(which)
    return False


def _is_of_requester(event: TicketEvent) -> bool:
    return is_act_of(event.ticket.requester, identity=event.actor.identity, name=event.actor.name)


def _notice(
    event: TicketEvent,
    owed: NoticeOwed,
    chosen: Preferences,
    desk: Desk,
    *,
    waits: bool,
    now: datetime,
) -> Notice:
    ticket = event.ticket
    is_own_mail = chosen.rhythm == "each"
    its_id = notice_id(ticket.id, ticket.version, owed.operator)
    notice = Notice(
        id=its_id,
        ticket_id=ticket.id,
        ticket_version=ticket.version,
        number=ticket.number,
        subject=one_line(ticket.subject),
        queue=ticket.queue,
        operator=owed.operator,
        kind=owed.kind,
        why=owed.why,
        actor=event.actor,
        rhythm=chosen.rhythm,
        delivery_id=its_id if is_own_mail and not waits else None,
        raised_at=now,
        mail_subject=thread_subject(desk, ticket) if waits else None,
        reason=event.reason if waits and owed.kind != "created" else None,
    )
    if chosen.rhythm != "digest" and not (waits and owed.kind not in GATHERED):
        return notice
    happening = _happening(event, notice)
    return replace(notice, happened=happening.key, other=happening.other, reason=happening.reason)


async def _mail_and_publish(
    work: Work, added: Sequence[tuple[Notice, TicketEvent, Cause]], *, due: datetime
) -> None:
    uow, desk, now = work.uow, work.desk.desk, work.now
    queued: list[tuple[Delivery, str | None]] = []
    texts: dict[tuple[UUID, int, Happening], NoticeText] = {}
    raised: dict[tuple[UUID, int], tuple[Cause, list[NoticeFacts]]] = {}

    def tell(
        notice: Notice,
        cause: Cause,
        *,
        state: NoticeState,
        recipient: str | None,
        reason: str | None = None,
    ) -> None:
        _, of_change = raised.setdefault((notice.ticket_id, notice.ticket_version), (cause, []))
        of_change.append(
            notice_facts(notice, version=1, state=state, recipient=recipient, reason=reason)
        )

    for position, (notice, event, cause) in enumerate(added):
        recipient = one_line(desk.operators[notice.operator].email)
        if notice.rhythm != "each":
            is_gathered = notice.rhythm == "digest"
            tell(
                notice,
                cause,
                state="digest" if is_gathered else "told",
                recipient=recipient if is_gathered else None,
            )
            continue
        if notice.delivery_id is None:
            tell(notice, cause, state="queued", recipient=recipient)
            continue
        happening = _happening(event, notice)
        change = (notice.ticket_id, notice.ticket_version, happening)
        if change not in texts:
            texts[change] = notice_text(
                desk,
                notice,
                happening,
                subject=thread_subject(desk, event.ticket),
                pages=work.pages,
            )
        delivery = Delivery(
            id=DeliveryId(notice.id),
            ticket_id=notice.ticket_id,
            ticket_number=notice.number,
            kind="notice",
            recipient=recipient,
            recipient_name=one_line(desk.operators[notice.operator].name),
            sender_name=one_line(desk.name.it),
            language=LANGUAGES,
            subject=texts[change].subject,
            body=texts[change].body,
            message_id=message_id(DeliveryId(notice.id), mail_from=desk.mail_from),
            article_id=notice.id,
            sequence=notice.ticket_version,
            owed_at=event.ticket.updated_at + timedelta(microseconds=1),
            # Mails of one batch keep their order where they are sorted by time.
            queued_at=now + timedelta(microseconds=position),
            cause=cause,
        )
        impossible = why_impossible(recipient)
        queued.append((delivery, impossible))
        tell(
            notice,
            cause,
            state="queued" if impossible is None else "failed",
            recipient=recipient,
            reason=impossible,
        )
    for cause, of_change in raised.values():
        publish_raised(uow, of_change, cause=cause)
    await insert_deliveries(uow.connection, queued, now=now, due=due)


def _happening(event: TicketEvent, notice: Notice) -> Happening:
    actor = (event.actor.identity, event.actor.name)
    return what_happened(
        event.NAME,
        event.changes,
        operator=notice.operator,
        actor=actor,
        queue=event.ticket.queue,
        reason=event.reason,
        kind=notice.kind,
    )
