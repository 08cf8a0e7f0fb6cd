"""From rows of the ledger to mails, with a sender that does as it is told; on SQLite and
PostgreSQL.
"""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused, Uncertain
from services.notify.ports import OutgoingMail
from shared.contracts.events.notify import DeliveryDelayed, DeliveryFailed, DeliverySent
from shared.contracts.events.tickets import TicketQuestionAsked, TicketTaken
from shared.core.ids import new_id
from shared.database.database import Database
from tests.factories.mails import (
    NOON,
    StandingClock,
    created,
    make_article,
    make_ticket,
    many_created,
)
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify

pytestmark = pytest.mark.usefixtures("with_desk")


async def test_a_queued_mail_is_sent_and_told_once(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender())
    await notify.hear(created())

    await notify.send_all_due()

    (row,) = await notify.ledger()
    assert (row.state, row.version, row.attempts, row.reason) == ("sent", 3, 1, None)
    assert (row.next_attempt_at, row.lease_until, row.claimed_by, row.ended_at) == (
        None,
        None,
        None,
        NOON,
    )
    (told,) = await notify.said()
    assert isinstance(told, DeliverySent)
    assert (told.delivery_id, told.version, told.state, told.article_id) == (
        row.id,
        3,
        "sent",
        row.article_id,
    )
    assert (told.kind, told.recipient, told.subject, told.body) == (
        "receipt",
        row.recipient,
        row.subject,
        row.body,
    )
    assert [mail.delivery_id for mail in sender.accepted] == [row.id]


async def test_more_mails_than_one_claim_takes_are_all_sent_once(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender(parallel=4), batch=20)
    await notify.hear(*many_created(95))

    await notify.send_all_due()

    assert set(await notify.states()) == {"sent"}
    assert sorted(sender.times_accepted.values()) == [1] * 95


async def test_no_transaction_is_open_while_a_mail_is_under_way(
    make_notify: MakeNotify, database: Database
) -> None:
    notify = make_notify(sender := FakeMailSender())
    await notify.hear(*many_created(2))
    sender.gate.clear()

    sending = asyncio.create_task(notify.send_all_due())
    await sender.arrived(2)
    await notify.hear(created())  # on SQLite this waits for ever if the sender holds the one writer
    while_under_way = await notify.states()
    sender.gate.set()
    await sending

    assert Counter(while_under_way) == {"sending": 2, "queued": 1}
    assert await notify.states() == ["sent"] * 3


async def test_two_senders_at_once_send_each_mail_once(make_notify: MakeNotify) -> None:
    senders = [FakeMailSender(parallel=3), FakeMailSender(parallel=3)]
    processes = [make_notify(sender, batch=7) for sender in senders]
    await processes[0].hear(*many_created(120))

    await asyncio.gather(*(process.send_all_due() for process in processes))

    assert set(await processes[0].states()) == {"sent"}
    assert sorted((senders[0].times_accepted + senders[1].times_accepted).values()) == [1] * 120
    assert len(await processes[0].said()) == 120


async def test_mails_of_one_ticket_go_in_order_and_the_later_refer_to_the_earlier(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(sender := FakeMailSender(parallel=5))
    await notify.hear(
        created(),
        TicketTaken(ticket=make_ticket(version=3, state="open", queue="studenti"), first_time=True),
        TicketQuestionAsked(
            ticket=make_ticket(version=4, state="waiting_requester"),
            articles=(make_article("question", "Anno?"),),
        ),
    )

    await notify.send_all_due()

    rows = await notify.ledger()
    assert [mail.delivery_id for mail in sender.accepted] == [row.id for row in rows]
    references = [
        next(
            line
            for line in mail.content.replace(b"\r\n ", b" ").split(b"\r\n")
            if line.startswith(b"References: ")
        ).split()[2:]
        for mail in sender.accepted
    ]
    message_ids = [row.message_id.encode() for row in rows]
    assert references == [[], message_ids[:1], message_ids[:2]]


async def test_a_delayed_mail_holds_back_the_next_of_its_ticket_and_nobody_elses(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    outcomes: list[Outcome] = [Delayed("451 later"), Accepted(), Accepted(), Accepted()]
    notify = make_notify(FakeMailSender(parallel=1, answer=lambda _mail: outcomes.pop(0)))
    other = created(make_ticket(id=new_id(), number="2026092810000025"))
    await notify.hear(
        created(), TicketTaken(ticket=make_ticket(version=3, state="open"), first_time=True), other
    )

    await notify.send_all_due()
    at_first = await notify.states()
    clock.move(timedelta(seconds=11))
    await notify.send_all_due()

    assert at_first == ["delayed", "queued", "sent"]
    assert await notify.states() == ["sent"] * 3


async def test_a_failed_mail_lets_the_next_of_its_ticket_go(make_notify: MakeNotify) -> None:
    outcomes: list[Outcome] = [Refused("550 no such user"), Accepted()]
    notify = make_notify(sender := FakeMailSender(answer=lambda _mail: outcomes.pop(0)))
    await notify.hear(
        created(), TicketTaken(ticket=make_ticket(version=3, state="open"), first_time=True)
    )

    await notify.send_all_due()

    rows = await notify.ledger()
    assert [(row.state, row.reason) for row in rows] == [
        ("failed", "550 no such user"),
        ("sent", None),
    ]
    assert rows[0].message_id.encode() not in sender.accepted[0].content
    failed, sent = await notify.said()
    assert isinstance(failed, DeliveryFailed)
    assert failed.reason == "550 no such user"
    assert isinstance(sent, DeliverySent)


async def test_a_delay_is_told_once_and_ended_by_the_sending(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    outcomes: list[Outcome] = [Delayed("451 later"), Delayed("452 later still"), Accepted()]
    notify = make_notify(sender := FakeMailSender(answer=lambda _mail: outcomes.pop(0)))
    await notify.hear(created())

    await notify.send_all_due()
    (after_one,) = await notify.ledger()
    clock.move(timedelta(seconds=10))
    await notify.send_all_due()
    (after_two,) = await notify.ledger()
    clock.move(timedelta(seconds=20))
    await notify.send_all_due()

    assert (after_one.state, after_one.reason, after_one.attempts) == ("delayed", "451 later", 1)
    assert timedelta(seconds=7.5) < after_one.next_attempt_at - NOON <= timedelta(seconds=10)
    assert (after_two.state, after_two.reason, after_two.attempts) == (
        "delayed",
        "452 later still",
        2,
    )
    assert [(type(event), event.version, event.state) for event in await notify.said()] == [
        (DeliveryDelayed, 3, "delayed"),
        (DeliverySent, 7, "sent"),
    ]
    assert len({mail.content for mail in sender.tried}) == 1


async def test_an_uncertain_mail_is_sent_again_as_the_same_mail(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    outcomes: list[Outcome] = [Uncertain("hung up"), Accepted()]
    notify = make_notify(sender := FakeMailSender(answer=lambda _mail: outcomes.pop(0)))
    await notify.hear(created())

    await notify.send_all_due()
    states = await notify.states()
    clock.move(timedelta(seconds=10))
    await notify.send_all_due()

    assert states == ["uncertain"]
    assert await notify.states() == ["resent"]
    assert [event.state for event in await notify.said()] == ["uncertain", "resent"]
    assert sender.tried[0] == sender.tried[1]


async def test_a_mail_whose_sender_died_is_uncertain_when_its_lease_ends_and_goes_again(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    dying = make_notify(stuck := FakeMailSender())
    await dying.hear(created())
    stuck.gate.clear()
    work = asyncio.create_task(dying.send_all_due())
    await stuck.arrived(1)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    living = make_notify(sender := FakeMailSender())

    before = (await living.context.dispatcher.recover(), await living.states())
    clock.move(timedelta(seconds=90))
    after = (await living.context.dispatcher.recover(), await living.states())
    await living.send_all_due()

    assert before == (False, ["sending"])
    assert after == (True, ["uncertain"])
    assert await living.states() == ["resent"]
    assert [mail.content for mail in sender.accepted] == [stuck.tried[0].content]
    assert [(event.state, event.version) for event in await living.said()] == [
        ("uncertain", 3),
        ("resent", 5),
    ]


async def test_a_process_that_is_alone_needs_not_wait_for_the_lease_of_its_dead_predecessor(
    make_notify: MakeNotify,
) -> None:
    dying = make_notify(stuck := FakeMailSender())
    await dying.hear(created())
    stuck.gate.clear()
    work = asyncio.create_task(dying.send_all_due())
    await stuck.arrived(1)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    successor = make_notify(FakeMailSender(), is_alone=True)

    await successor.send_all_due()

    assert await successor.states() == ["resent"]


async def test_a_process_whose_lease_ended_meanwhile_changes_nothing_any_more(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    slow = make_notify(stuck := FakeMailSender())
    await slow.hear(created())
    stuck.gate.clear()
    work = asyncio.create_task(slow.context.dispatcher.send_due())
    await stuck.arrived(1)
    clock.move(timedelta(seconds=90))
    quick = make_notify(FakeMailSender(answer=lambda _mail: Refused("550 no")))
    await quick.context.dispatcher.recover()
    await quick.send_all_due()

    stuck.gate.set()
    await work

    (row,) = await slow.ledger()
    assert (row.state, row.version) == ("failed", 5)
    assert [event.state for event in await slow.said()] == ["uncertain", "failed"]


async def test_told_to_stop_it_finishes_what_is_under_way_and_puts_the_rest_back(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(sender := FakeMailSender(parallel=2))
    await notify.hear(*many_created(10))
    sender.gate.clear()
    work = asyncio.create_task(notify.context.dispatcher.send_due())
    await sender.arrived(2)

    await notify.context.dispatcher.stop()
    sender.gate.set()
    await work

    assert Counter(await notify.states()) == {"sent": 2, "queued": 8}
    assert {row.attempts for row in await notify.ledger() if row.state == "queued"} == {0}
    assert sender.is_closed
    assert not await notify.context.dispatcher.send_due()


async def test_told_to_end_at_once_it_still_writes_down_what_was_sent(
    make_notify: MakeNotify,
) -> None:
    def hold_after_the_first(_mail: OutgoingMail) -> Outcome:
        sender.gate.clear()
        return Accepted()

    notify = make_notify(sender := FakeMailSender(parallel=1, answer=hold_after_the_first))
    await notify.hear(*many_created(3))

    work = asyncio.create_task(notify.context.dispatcher.send_due())
    await sender.arrived(2)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)

    assert Counter(await notify.states()) == {"sent": 1, "sending": 2}
