"""What notify does about each event."""

from collections.abc import Sequence

from services.notify.context import NotifyContext
from services.notify.domain.mails import mail_owed
from services.notify.mail.templates.mails import broken_texts
from services.notify.usecases.context import work_under_desk
from services.notify.usecases.mails import queue_mails, send_again, sent_again
from services.notify.usecases.missed_events import retold_event
from services.notify.usecases.notices import place_after, raise_notices, store_places
from shared.contracts.events.replay import ChangeRetold, TicketReplayed
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import DeskMissing, NotYet
from shared.database.desk_copy import store_desk
from shared.database.envelope import Envelope
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.handlers import Handler, Handlers


async def on_ticket_event(
    notify: NotifyContext, uow: UnitOfWork, received: Sequence[Envelope[TicketEvent]]
) -> None:
    """Queue the mails and raise the notices that these events owe.

    A replay tells what is already known, so it owes nobody anything.
    """
    await _notify_of(notify, uow, received)


async def on_changes_retold(
    notify: NotifyContext, uow: UnitOfWork, received: Sequence[Envelope[ChangeRetold]]
) -> None:
    """Make what the events owe that were never heard of; what was made after all is not made a
    second time.
    """
    for one in received:
        event = retold_event(one.event)
        heard = Envelope(one.id, event.NAME, event, one.cause, one.occurred_at)
        await _notify_of(notify, uow, [heard], operators=frozenset(one.event.operators))


async def _notify_of(
    notify: NotifyContext,
    uow: UnitOfWork,
    received: Sequence[Envelope[TicketEvent]],
    *,
    operators: frozenset[str] | None = None,
) -> None:
    news = [
        (one.event, one.effects_cause, mail_owed(one.event))
        for one in received
        if not one.is_replay
    ]
    owed = [(mail, cause) for _, cause, mail in news if mail is not None]
    places = [
        place
        for one in received
        if (place := place_after(one.event, is_replay=one.is_replay)) is not None
    ]
    try:
        work = await work_under_desk(uow, pages=notify.pages)
    except DeskMissing as error:
        raise NotYet(
            "a desk, which has the texts and the sender of mails, and the operators"
        ) from error
    due = uow.now + notify.gather
    if owed:
        await queue_mails(
            work,
            owed=owed,
            broken_texts=notify.broken_texts,
            limit_recipient=notify.limit_recipient,
            due=due,
        )
    again = [
        wish
        for one in received
        if not one.is_replay and (wish := sent_again(one.event)) is not None
    ]
    await send_again(work, wishes=again, due=due)
    await raise_notices(
        work,
        events=news,
        places=places,
        gathering=notify.gather_new,
        only=operators,
        due=due,
    )


async def on_tickets_replayed(
    notify: NotifyContext, uow: UnitOfWork, received: Sequence[Envelope[TicketReplayed]]
) -> None:
    """Learn in which queues tickets are; nobody is told anything."""
    await store_places(
        uow, tickets=[one.event.ticket for one in received if one.event.ticket is not None]
    )


async def on_desk_applied(
    notify: NotifyContext, uow: UnitOfWork, received: Sequence[Envelope[DeskApplied]]
) -> None:
    """Swap the copy of the desk, and say at once which of its texts cannot work."""
    await store_desk(uow, [one.event for one in received])
    for one in received:
        notify.broken_texts.report(one.event.version, broken_texts(one.event.desk, notify.pages))


async def wake_sending(notify: NotifyContext, messages: Sequence[Envelope[bytes]]) -> None:
    """After a batch's commit: have its mails sent when they are due."""
    notify.mails_due.wake_after(notify.gather)


# No inbox: the ids of deliveries and notices are derived from the events that owe them, so that a
# repeat adds nothing.
HANDLERS: Handlers[NotifyContext] = (
    Handler(DeskApplied, on_desk_applied, inbox=False),
    Handler(TicketEvent, on_ticket_event, inbox=False),
    Handler(ChangeRetold, on_changes_retold, inbox=False),
    Handler(TicketReplayed, on_tickets_replayed, inbox=False, writes_once=True),
)
