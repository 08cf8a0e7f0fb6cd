"""What notify does about each event."""

from collections.abc import Sequence

from services.notify.context import NotifyContext
from services.notify.domain.mails import mail_owed
from services.notify.texts import broken_texts
from services.notify.usecases import queue_mails
from shared.database.desk_copy import current_desk, store_desk
from shared.database.unit_of_work import UnitOfWork
from shared.errors import DeskMissing, NotYet
from shared.events.routing import DeskApplied
from shared.events.tickets import TicketAnswered, TicketAssigned, TicketClosed, TicketCreated, TicketEvent, TicketQuestionAsked, TicketTaken
from shared.messaging.handlers import Handler, Handlers
from shared.messaging.message import Message, Received


async def on_ticket_event(notify: NotifyContext, uow: UnitOfWork, received: Sequence[Received[TicketEvent]]) -> None:
    """Queue the mails that these events owe. A replay tells what is already known, so it owes nobody anything."""
    owed = [(mail, one.cause) for one in received if not one.is_replay and (mail := mail_owed(one.event)) is not None]
    if not owed:
        return
    try:
        desk = await current_desk(uow.connection)
    except DeskMissing as error:
        raise NotYet("a desk, which has the texts and the sender of mails") from error
    due = uow.now + notify.gather
    await queue_mails(uow, owed, desk=desk, public_url=notify.public_url, broken_texts=notify.broken_texts, now=uow.now, due=due)


async def on_desk_applied(notify: NotifyContext, uow: UnitOfWork, received: Sequence[Received[DeskApplied]]) -> None:
    """Swap the copy of the desk, and say at once which of its texts cannot work."""
    await store_desk(uow, [one.event for one in received])
    for one in received:
        notify.broken_texts.report(one.event.version, broken_texts(one.event.desk))


async def wake_sending(notify: NotifyContext, messages: Sequence[Message]) -> None:
    """After a batch's commit: have its mails sent when they are due."""
    notify.mails_due.wake_after(notify.gather)


# No inbox: a delivery's id comes from ticket, version and kind, so a repeat adds nothing; one handler for all, so that a batch's mails
# are written together.
_mails: Handler[NotifyContext] = Handler(on_ticket_event, inbox=False)

HANDLERS: Handlers[NotifyContext] = {
    DeskApplied: Handler(on_desk_applied, inbox=False),
    TicketCreated: _mails,
    TicketTaken: _mails,
    TicketAssigned: _mails,
    TicketQuestionAsked: _mails,
    TicketAnswered: _mails,
    TicketClosed: _mails,
}
