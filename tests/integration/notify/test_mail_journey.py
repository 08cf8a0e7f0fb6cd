"""A ticket's mails from the events to a real mail server, and a server that goes away for an
hour.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.notify.adapters.smtp_mail_sender import SmtpMailSender
from services.notify.adapters.smtp_server import SmtpServer
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketClosed,
    TicketQuestionAsked,
    TicketTaken,
)
from shared.core.ids import new_id
from tests.factories.mails import (
    NUMBER,
    TICKET_ID,
    StandingClock,
    created,
    make_article,
    make_ticket,
)
from tests.fakes.mail_server import Behaviour, FakeMailServer
from tests.integration.notify.conftest import PUBLIC_URL, MakeNotify, Notify

pytestmark = pytest.mark.usefixtures("with_desk")


@pytest.fixture
async def server() -> AsyncIterator[FakeMailServer]:
    started = await FakeMailServer().start()
    yield started
    await started.stop()


@pytest.fixture
async def notify(make_notify: MakeNotify, server: FakeMailServer) -> AsyncIterator[Notify]:
    sender = SmtpMailSender(SmtpServer.from_url(server.url), connections=3, timeout=10)
    yield make_notify(sender)
    await sender.close()


async def test_the_story_of_a_ticket_is_one_thread_in_the_requesters_mailbox(
    notify: Notify, server: FakeMailServer
) -> None:
    for event in (
        created(),
        TicketTaken(ticket=make_ticket(version=3, state="open", queue="studenti"), first_time=True),
        TicketQuestionAsked(
            ticket=make_ticket(version=4, state="waiting_requester", queue="studenti"),
            articles=(make_article("question", "Quale anno?"),),
        ),
        TicketAnswered(
            ticket=make_ticket(version=6, state="open", queue="studenti"),
            articles=(make_article("answer", "Ci lavoriamo."),),
        ),
        TicketClosed(
            ticket=make_ticket(version=7, state="closed_successful", queue="studenti"),
            articles=(make_article("answer", "Rimborsato."),),
        ),
    ):
        await notify.hear(event)
        await notify.send_all_due()

    messages = [mail.message for mail in server.received]
    assert [mail.recipient for mail in server.received] == ["giulia.neri@studenti.example.edu"] * 5
    assert all(str(message["Subject"]).startswith(f"[Ticket#{NUMBER}] ") for message in messages)
    assert all(f"{PUBLIC_URL}/my/{NUMBER}" in message.get_content() for message in messages)
    assert [message["Auto-Submitted"] for message in messages] == [
        "auto-generated",
        "auto-generated",
        "no",
        "no",
        "no",
    ]
    ids = [str(message["Message-ID"]) for message in messages]
    root = f"<ticket-{TICKET_ID}@example.edu>"
    assert len(set(ids)) == 5
    assert [str(message["References"]).split() for message in messages] == [
        [root, *ids[:n]] for n in range(5)
    ]
    assert [str(message["In-Reply-To"]) for message in messages] == [root, *ids[:4]]


async def test_a_server_that_is_down_for_an_hour_delays_mails_and_loses_none(
    notify: Notify, server: FakeMailServer, clock: StandingClock
) -> None:
    tickets = [make_ticket(id=new_id(), number=f"{number:016}") for number in range(40)]
    await server.stop()
    await notify.hear(*(created(ticket) for ticket in tickets))
    for _ in range(60):
        await notify.send_all_due()
        clock.move(timedelta(minutes=1))
    states_while_down = Counter(await notify.states())

    await server.start()
    await notify.send_all_due()

    assert states_while_down == {"delayed": 40}
    assert Counter(await notify.states()) == {"sent": 40}
    assert (
        len({str(mail.message["Message-ID"]) for mail in server.received})
        == len(server.received)
        == 40
    )
    assert Counter(event.state for event in await notify.said()) == {"delayed": 40, "sent": 40}


async def test_a_refused_recipient_is_a_failed_row_with_the_servers_words_and_nobody_elses_matter(
    notify: Notify, server: FakeMailServer
) -> None:
    server.behaviours["giulia.neri@studenti.example.edu"] = Behaviour(
        "rcpt", "550 5.1.1 No such user here"
    )
    other = make_ticket(
        id=new_id(),
        number="1",
        requester=make_ticket().requester.model_copy(update={"email": "hugo@example.edu"}),
    )

    await notify.hear(created(), created(other))
    await notify.send_all_due()

    assert [(row.state, row.reason) for row in await notify.ledger()] == [
        ("failed", "550 5.1.1 No such user here"),
        ("sent", None),
    ]
    assert [mail.recipient for mail in server.received] == ["hugo@example.edu"]


async def test_a_greylisting_server_gets_the_mail_again_and_takes_it(
    notify: Notify, server: FakeMailServer, clock: StandingClock
) -> None:
    server.behaviours["*"] = Behaviour("rcpt", "451 4.7.1 Try again later", times=2)
    await notify.hear(created())

    for _ in range(3):
        await notify.send_all_due()
        clock.move(timedelta(seconds=30))

    assert await notify.states() == ["sent"]
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "misbehaviour",
    [
        Behaviour("after_dot", drop=True, times=1),
        Behaviour("after_dot", drop=True, times=1, keeps=False),
    ],
)
async def test_a_mail_whose_answer_was_lost_arrives_at_least_once_and_recognisably(
    notify: Notify, server: FakeMailServer, clock: StandingClock, misbehaviour: Behaviour
) -> None:
    server.behaviours["*"] = misbehaviour
    await notify.hear(created())

    for _ in range(3):
        await notify.send_all_due()
        clock.move(timedelta(seconds=30))

    assert await notify.states() == ["resent"]
    assert len(server.received) == (2 if misbehaviour.keeps else 1)
    assert len({str(mail.message["Message-ID"]) for mail in server.received}) == 1


async def test_two_processes_with_connections_of_their_own_send_each_mail_once(
    make_notify: MakeNotify, server: FakeMailServer
) -> None:
    senders = [
        SmtpMailSender(SmtpServer.from_url(server.url), connections=2, timeout=10) for _ in range(2)
    ]
    processes = [make_notify(sender, batch=9) for sender in senders]
    await processes[0].hear(
        *(created(make_ticket(id=new_id(), number=f"{number:016}")) for number in range(80))
    )

    await asyncio.gather(*(process.send_all_due() for process in processes))
    await asyncio.gather(*(sender.close() for sender in senders))

    assert Counter(await processes[0].states()) == {"sent": 80}
    assert (
        len({str(mail.message["Message-ID"]) for mail in server.received})
        == len(server.received)
        == 80
    )
