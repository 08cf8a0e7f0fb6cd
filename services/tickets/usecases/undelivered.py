"""Mails that did not arrive: noticing it, and sending them again."""

from collections.abc import Sequence
from datetime import datetime

from services.tickets.domain.mails import failure_of, mail_failed, mail_resent
from services.tickets.domain.ticket import Ticket
from services.tickets.ports import Done, Tickets
from services.tickets.usecases.context import Work
from shared.contracts.commands.mails import ResendMail
from shared.contracts.events.notify import DeliveryFailed
from shared.core.cause import Cause
from shared.core.errors import ImpossibleValue, MailNotFailed, NotThere, NotYet
from shared.text.addresses import NotAnAddress, mail_address


async def hear_of_failures(
    tickets: Tickets, *, failures: Sequence[tuple[DeliveryFailed, Cause]], now: datetime
) -> None:
    """Note which mails failed for good, each failure once however often it is heard of.

    Raises NotYet for a ticket that is not there.
    """
    found = await tickets.load({failure.ticket_id for failure, _ in failures})
    done = []
    for failure, cause in failures:
        ticket = found.get(failure.ticket_id)
        if ticket is None:
            raise NotYet(f"ticket {failure.ticket_id}")
        known = failure_of(ticket, failure.delivery_id)
        if known is None or known.version < failure.version:
            done.append(Done(ticket, mail_failed(ticket, failure, at=now), cause))
    await tickets.record(done)


async def resend_mail(work: Work, command: ResendMail) -> Ticket:
    """Have a mail that failed sent again, to the address `to` or (None) to the one that it had.

    Sending words out is what `forward` does, so whoever may forward may do this, in any state.
    Raises NotThere for a delivery that is not of this ticket or never failed, ImpossibleValue where
    `to` is no mail address, MailNotFailed where the mail is being sent again already.
    """
    ticket, _ = await work.admitted(command.number, "forward")
    failed = failure_of(ticket, command.delivery)
    if failed is None:
        raise NotThere
    address = (command.to or failed.to).strip()
    try:
        mail_address(address, everywhere=True)
    except NotAnAddress as error:
        raise ImpossibleValue("to", "not_an_address", address) from error
    if failed.is_resent:
        raise MailNotFailed
    change = mail_resent(ticket, failed, to=address, actor=work.actor, at=work.now)
    return await work.record(ticket, change, field="to")
