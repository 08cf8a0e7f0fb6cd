"""Sending to a real SMTP server that behaves in every way servers do."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.notify.adapters.smtp_mail_sender import SmtpMailSender
from services.notify.adapters.smtp_server import SmtpServer
from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused, Uncertain
from services.notify.mail.mime import outgoing_mail
from services.notify.ports import OutgoingMail
from tests.factories.mails import MAIL_FROM, make_claimed
from tests.fakes.mail_server import Behaviour, FakeMailServer

GIULIA = "giulia.neri@studenti.example.edu"


@pytest.fixture
async def server() -> AsyncIterator[FakeMailServer]:
    started = await FakeMailServer().start()
    yield started
    await started.stop()


async def send(
    server: FakeMailServer, *mails: OutgoingMail, timeout: float = 10, verify: bool = True
) -> list[Outcome]:
    sender = SmtpMailSender(
        SmtpServer.from_url(server.url), connections=2, timeout=timeout, verify_certificate=verify
    )
    try:
        return [await sender.send(mail) for mail in mails]
    finally:
        await sender.close()


def make_mail(recipient: str = GIULIA, body: str = "Gentile Giulia,\n") -> OutgoingMail:
    return outgoing_mail(make_claimed(recipient=recipient, body=body), mail_from=MAIL_FROM)


async def test_a_mail_arrives_as_it_was_written_with_its_envelope(server: FakeMailServer) -> None:
    mail = make_mail(body=".\n..due\nÈ così.\n")

    assert await send(server, mail) == [Accepted()]

    (received,) = server.received
    assert (received.sender, received.recipient) == (MAIL_FROM, GIULIA)
    assert received.content == mail.content


async def test_lines_that_begin_with_a_dot_arrive_whole(server: FakeMailServer) -> None:
    mail = make_mail(body=".\n..due\n.tre\n")

    await send(server, mail)

    assert server.received[0].content == mail.content


async def test_many_mails_share_a_connection(server: FakeMailServer) -> None:
    assert await send(server, *(make_mail() for _ in range(20))) == [Accepted()] * 20

    assert len(server.received) == 20
    assert server.connections == 1


async def test_a_connection_is_left_after_a_hundred_mails(server: FakeMailServer) -> None:
    await send(server, *(make_mail() for _ in range(101)))

    assert len(server.received) == 101
    assert server.connections == 2


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour("rcpt", "550 5.1.1 No such user"), Refused("550 5.1.1 No such user")),
        (Behaviour("data", "554 5.7.1 Not wanted"), Refused("554 5.7.1 Not wanted")),
        (Behaviour("after_dot", "552 5.3.4 Too large"), Refused("552 5.3.4 Too large")),
        (Behaviour("rcpt", "451 4.7.1 Greylisted"), Delayed("451 4.7.1 Greylisted", fault="mail")),
        (Behaviour("data", "452 4.3.1 Disk full"), Delayed("452 4.3.1 Disk full", fault="mail")),
        (
            Behaviour("after_dot", "451 4.3.0 Try later"),
            Delayed("451 4.3.0 Try later", fault="mail"),
        ),
        (
            Behaviour("mail", "550 5.7.60 Not allowed to send"),
            Delayed("550 5.7.60 Not allowed to send", fault="server"),
        ),
        (Behaviour("rcpt", "421 4.3.2 Closing"), Delayed("421 4.3.2 Closing", fault="either")),
        (
            Behaviour("rcpt", drop=True),
            Delayed("the server hung up while naming the recipient", fault="either"),
        ),
        (
            Behaviour("data", drop=True),
            Delayed("the server hung up while sending the content", fault="either"),
        ),
    ],
)
async def test_each_refusal_and_break_before_the_end_takes_nothing_and_is_told(
    server: FakeMailServer, behaviour: Behaviour, outcome: Outcome
) -> None:
    server.behaviours["*"] = behaviour

    assert await send(server, make_mail()) == [outcome]

    assert server.received == []


@pytest.mark.parametrize(
    "refusal",
    [
        Behaviour("rcpt", "550 no"),
        Behaviour("after_dot", "451 later"),
        Behaviour("rcpt", drop=True),
    ],
)
async def test_after_a_refusal_the_next_mail_goes_its_way(
    server: FakeMailServer, refusal: Behaviour
) -> None:
    server.behaviours["weg@example.edu"] = refusal

    outcomes = await send(server, make_mail("weg@example.edu"), make_mail())

    assert outcomes[1] == Accepted()
    assert [mail.recipient for mail in server.received] == [GIULIA]


async def test_an_answer_lost_after_the_final_dot_is_uncertain(server: FakeMailServer) -> None:
    server.behaviours["*"] = Behaviour("after_dot", drop=True)

    assert await send(server, make_mail()) == [
        Uncertain("the server hung up while waiting for the answer to the final dot")
    ]

    assert len(server.received) == 1


async def test_a_server_that_is_silent_before_the_end_delays(server: FakeMailServer) -> None:
    server.behaviours["*"] = Behaviour("rcpt", hang=True)

    assert await send(server, make_mail(), timeout=0.3) == [
        Delayed("no answer within 0.3 s while naming the recipient", fault="either")
    ]

    assert server.received == []


async def test_a_server_that_is_silent_after_the_final_dot_leaves_it_uncertain(
    server: FakeMailServer,
) -> None:
    server.behaviours["*"] = Behaviour("after_dot", hang=True)

    assert await send(server, make_mail(), timeout=0.3) == [
        Uncertain("no answer within 0.3 s while waiting for the answer to the final dot")
    ]


async def test_a_server_that_is_not_there_delays_and_is_used_again_when_it_is_back(
    server: FakeMailServer,
) -> None:
    sender = SmtpMailSender(SmtpServer.from_url(server.url), connections=1, timeout=10)
    await sender.send(make_mail())
    await server.stop()

    while_down = await sender.send(make_mail())
    await server.start()
    afterwards = await sender.send(make_mail())
    await sender.close()

    assert isinstance(while_down, Delayed)
    assert while_down.fault == "server"
    assert "while connecting" in while_down.reason
    assert afterwards == Accepted()
    assert len(server.received) == 2


async def test_a_connection_that_the_server_closed_meanwhile_costs_no_mail_a_delay(
    server: FakeMailServer,
) -> None:
    sender = SmtpMailSender(SmtpServer.from_url(server.url), connections=1, timeout=10)
    await sender.send(make_mail())
    server.behaviours["*"] = Behaviour("mail", "421 4.4.2 Idle too long", times=1)

    outcome = await sender.send(make_mail())
    await sender.close()

    assert outcome == Accepted()
    assert (len(server.received), server.connections) == (2, 2)


async def test_a_login_is_made_with_the_urls_name_and_password() -> None:
    server = await FakeMailServer(login=("sportello", "segreto"), starttls=True).start()

    outcomes = await send(server, make_mail(), verify=False)
    await server.stop()

    assert outcomes == [Accepted()]
    assert len(server.received) == 1


async def test_a_password_is_not_given_to_a_server_without_tls_unless_that_is_allowed() -> None:
    server = await FakeMailServer(login=("sportello", "segreto")).start()
    careless = SmtpMailSender(
        SmtpServer.from_url(server.url, plain_password=True), connections=1, timeout=10
    )

    (demanding,) = await send(server, make_mail())
    tried_before = list(server.logins)
    allowed = await careless.send(make_mail())
    await careless.close()
    await server.stop()

    assert isinstance(demanding, Delayed)
    assert (demanding.fault, tried_before) == ("server", [])
    assert "STARTTLS" in demanding.reason
    assert isinstance(allowed, Accepted)


async def test_a_refused_login_delays_every_mail_and_loses_none() -> None:
    server = await FakeMailServer(login=("sportello", "segreto"), starttls=True).start()
    url = server.url.replace("segreto", "sbagliato")
    sender = SmtpMailSender(
        SmtpServer.from_url(url), connections=1, timeout=10, verify_certificate=False
    )

    outcome = await sender.send(make_mail())
    await sender.close()
    await server.stop()

    assert isinstance(outcome, Delayed)
    assert outcome.fault == "server"
    assert "sbagliato" not in outcome.reason
    assert server.received == []


@pytest.mark.parametrize("tls", ["starttls", "tls_from_start"])
async def test_mails_go_over_tls_where_the_server_has_it(tls: str) -> None:
    server = await FakeMailServer(
        starttls=tls == "starttls", tls_from_start=tls == "tls_from_start"
    ).start()

    trusting = await send(server, make_mail(), verify=False)
    demanding = await send(server, make_mail())
    await server.stop()

    assert trusting == [Accepted()]
    (outcome,) = demanding
    assert isinstance(outcome, Delayed)
    assert outcome.fault == "server"
    assert "certificate verify failed" in outcome.reason
    assert len(server.received) == 1


async def test_a_mailbox_outside_ascii_goes_to_a_server_that_can(server: FakeMailServer) -> None:
    assert await send(server, make_mail("nicolò@example.edu")) == [Accepted()]

    assert server.received[0].recipient == "nicolò@example.edu"


async def test_a_mailbox_outside_ascii_is_refused_for_a_server_that_cannot() -> None:
    server = await FakeMailServer(smtputf8=False).start()

    outcomes = await send(server, make_mail("nicolò@example.edu"), make_mail())
    await server.stop()

    assert outcomes == [Refused("553 the mail server takes no addresses outside ASCII"), Accepted()]


async def test_something_that_is_no_mail_server_delays() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    other = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    sender = SmtpMailSender(SmtpServer("127.0.0.1", port), connections=1, timeout=5)

    outcome = await sender.send(make_mail())
    await sender.close()
    other.close()

    assert isinstance(outcome, Delayed)
    assert outcome.fault == "server"
