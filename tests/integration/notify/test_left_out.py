"""Strangers cause only so many mails an hour to one mailbox, by whatever way; what is left out
fails nobody.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.notify.queries import walk_mails
from services.notify.usecases.replay import replay_mails
from shared.contracts.events.guests import GuestLinkAsked
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.people import Requester
from shared.core.ids import new_id
from tests.factories.mails import StandingClock, created, make_ticket
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify, Notify

pytestmark = pytest.mark.usefixtures("with_desk")

TYPED = Requester(identity=None, name="Piero Sala", email="vittima@example.org", assurance="typed")
CONFIRMED = TYPED.model_copy(update={"assurance": "confirmed"})


def ticket_of(requester: Requester, counter: int, **facts: Any) -> TicketState:
    return make_ticket(
        **{"id": new_id(), "number": f"{counter:016}", "requester": requester} | facts
    )


def link_asked(ticket: TicketState, version: int) -> GuestLinkAsked:
    return GuestLinkAsked(ticket=ticket.model_copy(update={"version": version}))


async def kinds_sent(notify: Notify, sender: FakeMailSender) -> dict[str, int]:
    await notify.send_all_due()
    sent = {mail.delivery_id for mail in sender.accepted}
    return Counter(row.kind for row in await notify.ledger() if row.id in sent)


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    return make_notify(sender)


async def test_receipts_and_links_to_one_unconfirmed_mailbox_are_ten_an_hour_together(
    notify: Notify, sender: FakeMailSender
) -> None:
    ways = ("vittima@example.org", "VITTIMA+1@example.org", "vit.tima@example.org")
    tickets = [ticket_of(TYPED.model_copy(update={"email": ways[n % 3]}), n) for n in range(6)]
    await notify.hear(*(created(ticket) for ticket in tickets))
    for version in range(2, 7):
        await notify.hear(*(link_asked(ticket, version) for ticket in tickets))
    await notify.hear(*(created(ticket_of(TYPED, 10 + n)) for n in range(4)))

    assert await kinds_sent(notify, sender) == {"receipt": 6, "link": 4}


async def test_a_repeated_event_is_not_counted_twice(
    notify: Notify, sender: FakeMailSender
) -> None:
    first = created(ticket_of(TYPED, 1))
    for _ in range(12):
        await notify.hear(first)
    await notify.hear(*(created(ticket_of(TYPED, 2 + n)) for n in range(9)))

    assert await kinds_sent(notify, sender) == {"receipt": 10}


async def test_after_an_hour_the_mailbox_is_written_to_again(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    ticket = ticket_of(TYPED, 1)
    await notify.hear(created(ticket), *(link_asked(ticket, version) for version in range(2, 20)))
    clock.move(timedelta(hours=1))
    await notify.hear(link_asked(ticket, 20))

    assert await kinds_sent(notify, sender) == {"receipt": 1, "link": 10}


async def test_typing_an_address_into_forms_keeps_no_link_from_who_has_confirmed_it(
    notify: Notify, sender: FakeMailSender
) -> None:
    await notify.hear(*(created(ticket_of(TYPED, n)) for n in range(12)))
    await notify.hear(link_asked(ticket_of(CONFIRMED, 20), 2))
    await notify.hear(*(created(ticket_of(CONFIRMED, 30 + n)) for n in range(12)))

    assert await kinds_sent(notify, sender) == {"receipt": 22, "link": 1}


async def test_of_a_mail_that_is_left_out_nobody_is_told(notify: Notify) -> None:
    ticket = ticket_of(TYPED, 1)
    await notify.hear(created(ticket), *(link_asked(ticket, version) for version in range(2, 14)))
    await notify.send_all_due()
    told = {event.delivery_id for event in await notify.said()}

    left_out = [row for row in await notify.ledger() if row.state == "failed"]
    async with notify.database.transaction() as uow:
        await replay_mails(uow, after=None, limit=100, target="portal")
    assert {row.reason for row in left_out} == {
        "the address was sent too many mails within the hour"
    }
    assert len(left_out) == 3
    assert not {row.id for row in left_out} & told
    assert not {row.id for row in left_out} & {event.delivery_id for event in await notify.said()}
    assert not {row.id for row in left_out} & {
        mail.delivery.id async for page in walk_mails(notify.database) for mail in page
    }


async def test_no_limit_is_no_limit(make_notify: MakeNotify, sender: FakeMailSender) -> None:
    notify = make_notify(sender, limit_recipient=0)

    await notify.hear(*(created(ticket_of(TYPED, n)) for n in range(15)))

    assert await kinds_sent(notify, sender) == {"receipt": 15}
