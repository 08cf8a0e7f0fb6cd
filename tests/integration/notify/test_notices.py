"""Operators are told: from events to rows, mails and what others hear of them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.notify.consumers import on_ticket_event
from services.notify.domain.notices import notice_id
from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused
from shared.contracts.events.tickets import TicketClosed, TicketEvent, TicketNotified, TicketQueued
from shared.contracts.people import SYSTEM
from shared.core.cause import Cause
from shared.core.errors import NotYet
from shared.core.ids import new_id
from shared.database.database import Database
from shared.database.envelope import Envelope
from tests.factories.mails import (
    NOON,
    NUMBER,
    TICKET_ID,
    StandingClock,
    created,
    make_article,
    make_ticket,
)
from tests.factories.notices import RIGHTS, SOMEBODY, about, make_notices_desk, make_operator, noted
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import PUBLIC_URL, MakeNotify, Notify
from tests.integration.notify.said import Mailed, Raised

NOTED = ("owner", "responsible", "watcher")


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
async def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    made = make_notify(sender)
    await made.apply_desk(make_notices_desk())
    return made


def queued(**ticket: Any) -> TicketEvent:
    """A ticket reached `studenti`: somebody, owner and colleague work there."""
    facts: dict[str, Any] = {
        "version": 2,
        "state": "new",
        "owner": None,
        "responsible": None,
        "watchers": (),
    }
    return about(
        TicketQueued,
        actor=SYSTEM,
        extra={"changes": {"queue": (None, "studenti")}},
        **(facts | ticket),
    )


async def test_everybody_concerned_is_told_once_however_often_the_change_is_heard(
    notify: Notify,
) -> None:
    event = noted()

    await notify.hear(event, event)
    await notify.hear(event)

    rows = await notify.notices()
    assert [(row.operator, row.kind, row.why) for row in rows] == [
        (each, "note", each) for each in NOTED
    ]
    assert [row.id for row in rows] == [notice_id(TICKET_ID, 5, each) for each in NOTED]
    assert {(row.ticket_id, row.ticket_version, row.number, row.queue) for row in rows} == {
        (TICKET_ID, 5, NUMBER, "studenti")
    }
    assert {(row.actor_identity, row.actor_name, row.raised_at) for row in rows} == {
        ("somebody", "Somebody", NOON)
    }
    mails = {row.id: row for row in await notify.ledger()}
    assert {row.delivery_id for row in rows} == set(mails)
    assert {(mail.recipient, mail.kind, mail.state, mail.sequence) for mail in mails.values()} == {
        (f"{each}@example.edu", "notice", "queued", 5) for each in NOTED
    }
    told = await notify.told()
    assert [(type(one), one.operator, one.version, one.state, one.recipient) for one in told] == [
        (Raised, each, 1, "queued", f"{each}@example.edu") for each in NOTED
    ]
    assert {
        (one.ticket_id, one.ticket_version, one.number, one.kind, one.actor) for one in told
    } == {(TICKET_ID, 5, NUMBER, "note", SOMEBODY)}
    assert {one.notice_id for one in told} == {row.id for row in rows}


async def test_a_notice_goes_by_mail_and_what_becomes_of_it_is_no_matter_of_the_ticket(
    notify: Notify, sender: FakeMailSender
) -> None:
    await notify.hear(noted(owner=None, watchers=()))

    await notify.send_all_due()

    (mail,) = sender.accepted
    assert mail.recipient == "responsible@example.edu"
    assert f"{PUBLIC_URL}/manage/tickets/{NUMBER}" in mail.content.decode()
    assert "\r\nContent-Language: it, en\r\n" in mail.content.decode()
    assert "\r\nAuto-Submitted: auto-generated\r\n" in mail.content.decode()
    raised, mailed = await notify.told()
    assert isinstance(mailed, Mailed)
    assert mailed == Mailed(**(raised.model_dump() | {"version": 3, "state": "sent"}))
    assert await notify.said() == []


async def test_a_batch_owes_requesters_and_operators_at_once(notify: Notify) -> None:
    closed = about(
        TicketClosed,
        state="closed_successful",
        extra={"articles": (make_article("answer", "Fatto."),)},
    )

    await notify.hear(created(), queued(), closed)

    assert sorted((row.kind, row.recipient.split("@")[0]) for row in await notify.ledger()) == [
        ("final_answer", "giulia.neri"),
        ("notice", "colleague"),
        ("notice", "owner"),
        ("notice", "owner"),
        ("notice", "responsible"),
        ("notice", "somebody"),
        ("notice", "watcher"),
        ("receipt", "giulia.neri"),
    ]


async def test_a_replay_tells_nobody(notify: Notify) -> None:
    await notify.hear(noted(), queued(), is_replay=True)

    assert (await notify.notices(), await notify.ledger(), await notify.said_all()) == ([], [], [])


async def test_a_notice_to_the_requester_causes_none_to_operators(notify: Notify) -> None:
    await notify.hear(about(TicketNotified, actor=SYSTEM))

    assert await notify.notices() == []


async def test_without_an_address_of_the_desk_notices_wait(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    await notify.apply_desk(make_notices_desk(mail_from="nobody"))

    with pytest.raises(NotYet, match="mail_from"):
        await notify.hear(noted())

    assert await notify.notices() == []


async def test_an_operator_without_an_address_is_told_by_the_bell_and_the_mail_has_failed(
    notify: Notify,
) -> None:
    described = make_operator("responsible", RIGHTS["responsible"]).model_copy(
        update={"email": "nowhere"}
    )
    await notify.apply_desk(make_notices_desk(operators={"responsible": described}), version=2)

    await notify.hear(noted())
    await notify.send_all_due()

    assert await notify.states() == ["failed"]
    (told,) = await notify.told()
    assert isinstance(told, Raised)
    assert (told.state, told.recipient) == ("failed", "nowhere")
    assert told.reason is not None
    assert told.reason.startswith("not an address: ")


async def test_a_mail_that_is_delayed_and_then_refused_is_told_as_such(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    outcomes: list[Outcome] = [Delayed("451 later"), Refused("550 no such user")]
    notify = make_notify(FakeMailSender(answer=lambda _mail: outcomes.pop(0)))
    await notify.apply_desk(make_notices_desk())
    await notify.hear(noted(owner=None, watchers=()))

    await notify.send_all_due()
    clock.move(timedelta(minutes=1))
    await notify.send_all_due()

    assert [(one.version, one.state, one.reason) for one in await notify.told()] == [
        (1, "queued", None),
        (3, "delayed", "451 later"),
        (5, "failed", "550 no such user"),
    ]
    assert await notify.said() == []


async def test_a_notice_whose_sender_died_is_uncertain_and_sent_again(
    make_notify: MakeNotify, notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(noted(owner=None, watchers=()))
    sender.gate.clear()
    dying = asyncio.create_task(notify.context.dispatcher.send_due())
    await sender.arrived(1)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    clock.move(timedelta(minutes=5))

    other = make_notify(FakeMailSender())
    await other.context.dispatcher.recover()
    await other.send_all_due()

    assert [(type(one), one.state) for one in await notify.told()] == [
        (Raised, "queued"),
        (Mailed, "uncertain"),
        (Mailed, "resent"),
    ]


async def test_notices_of_one_ticket_reach_an_operator_in_order(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    outcomes: list[Outcome] = [Delayed("451 later"), Accepted(), Accepted()]
    notify = make_notify(sender := FakeMailSender(parallel=1, answer=lambda _mail: outcomes.pop(0)))
    await notify.apply_desk(make_notices_desk())

    await notify.hear(*(noted(version=version, owner=None, watchers=()) for version in (5, 6)))
    await notify.send_all_due()
    clock.move(timedelta(minutes=1))
    await notify.send_all_due()
    await notify.send_all_due()

    assert [str(mail.delivery_id) for mail in sender.accepted] == [
        str(notice_id(TICKET_ID, version, "responsible")) for version in (5, 6)
    ]


async def test_two_processes_that_hear_the_same_tell_it_once(
    make_notify: MakeNotify, notify: Notify
) -> None:
    events = [queued(id=new_id(), number=f"{number:016}") for number in range(20)]
    processes = [make_notify(FakeMailSender()) for _ in range(2)]

    await asyncio.gather(processes[0].hear(*events), processes[1].hear(*reversed(events)))

    assert (
        len(await notify.notices()) == len(await notify.ledger()) == len(await notify.told()) == 60
    )


async def test_a_handler_that_hears_nothing_new_writes_nothing(
    notify: Notify, database: Database
) -> None:
    async with database.transaction() as uow:
        event = about(TicketNotified, actor=SYSTEM)
        received = Envelope(new_id(), event.NAME, event, Cause.fresh(), NOON)
        await on_ticket_event(notify.context, uow, [received])

    assert (await notify.notices(), await notify.ledger()) == ([], [])


async def test_in_a_rush_requesters_come_first(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender(parallel=1), batch=3)
    await notify.apply_desk(make_notices_desk())
    await notify.hear(
        *(noted(id=new_id(), number=f"{n}") for n in range(3)),
        *(created(make_ticket(id=new_id(), number=f"{n}")) for n in range(4, 9)),
    )

    await notify.send_all_due()

    recipients = [mail.recipient for mail in sender.accepted]
    assert recipients[:5] == ["giulia.neri@studenti.example.edu"] * 5
    assert sorted(recipients[5:]) == [f"{each}@example.edu" for each in NOTED for _ in range(3)]
