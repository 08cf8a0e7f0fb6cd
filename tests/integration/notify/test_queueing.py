"""From events to rows of the ledger."""

from datetime import timedelta

import pytest

from shared.contracts.events.notify import DeliveryFailed
from shared.contracts.events.tickets import (
    TicketClosed,
    TicketExpired,
    TicketForwarded,
    TicketQuestionAsked,
    TicketReminded,
    TicketTaken,
)
from shared.contracts.people import Requester
from shared.core.errors import NotYet
from shared.core.ids import derived_id, new_id
from tests.factories.mails import (
    MAIL_FROM,
    NOON,
    NUMBER,
    StandingClock,
    created,
    make_article,
    make_desk,
    make_ticket,
    owed,
)
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify


@pytest.mark.usefixtures("with_desk")
async def test_a_new_ticket_is_queued_once_however_often_it_is_heard(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(FakeMailSender())
    event = created()

    await notify.hear(event, event)
    await notify.hear(event)

    (row,) = await notify.ledger()
    mail = owed(event)
    assert (row.id, row.article_id, row.kind, row.recipient) == (
        mail.id,
        mail.article_id,
        "receipt",
        "giulia.neri@studenti.example.edu",
    )
    assert (row.state, row.version, row.attempts, row.sequence) == ("queued", 1, 0, 1)
    assert row.message_id == f"<{mail.id}@example.edu>"
    assert row.subject == f"[Ticket#{NUMBER}] Rimborso della seconda rata"
    assert (row.queued_at, row.next_attempt_at, row.ended_at) == (NOON, NOON, None)
    assert row.owed_at == event.ticket.updated_at + timedelta(microseconds=1), (
        "below the request that it is the receipt of"
    )
    assert await notify.said() == []


@pytest.mark.usefixtures("with_desk")
async def test_a_batch_of_events_is_queued_together_in_its_order(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    tickets = [make_ticket(id=new_id(), number=f"{number}") for number in range(50)]

    await notify.hear(*(created(ticket) for ticket in tickets))

    assert [row.ticket_number for row in await notify.ledger()] == [
        ticket.number for ticket in tickets
    ]


@pytest.mark.usefixtures("with_desk")
async def test_steps_that_two_processes_hear_of_in_the_wrong_order_are_mailed_in_theirs(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    sender = FakeMailSender()
    one, other = (make_notify(sender, gather=0.3) for _ in range(2))
    ticket = make_ticket(version=3, state="open")
    asked = TicketQuestionAsked(ticket=ticket, articles=(make_article("question", "Which year?"),))
    closed = TicketClosed(
        ticket=ticket.model_copy(update={"version": 4, "state": "closed_successful"}),
        articles=(make_article("answer", "Done."),),
    )

    await other.hear(closed)
    await other.send_all_due()
    assert sender.accepted == [], "a mail waits for what may still be heard of its ticket"
    clock.move(timedelta(seconds=0.2))
    await one.hear(asked)
    clock.move(timedelta(seconds=0.2))
    await other.send_all_due()
    assert sender.accepted == [], "the later mail is due, but waits for the earlier one"
    clock.move(timedelta(seconds=0.2))
    await other.send_all_due()

    assert ["Which year?" in mail.content.decode() for mail in sender.accepted] == [True, False]


@pytest.mark.usefixtures("with_desk")
async def test_a_replay_never_causes_a_mail(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())

    await notify.hear(created(), is_replay=True)

    assert await notify.ledger() == []


@pytest.mark.usefixtures("with_desk")
async def test_a_child_causes_no_mail(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    child = make_ticket(parent_id=new_id(), parent=NUMBER)

    await notify.hear(created(child), TicketTaken(ticket=child, first_time=True))

    assert await notify.ledger() == []


async def test_without_a_desk_events_wait(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())

    with pytest.raises(NotYet, match="a desk"):
        await notify.hear(created())

    assert await notify.ledger() == []


async def test_without_an_address_of_the_desk_events_wait(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    await notify.apply_desk(make_desk(mail_from="nobody"))

    with pytest.raises(NotYet, match="mail_from"):
        await notify.hear(created())

    assert await notify.ledger() == []


@pytest.mark.usefixtures("with_desk")
@pytest.mark.parametrize(
    "address", ["not an address", "a@b\r\nBcc: c@example.edu", "a\x00@example.edu"]
)
async def test_a_mail_to_no_address_has_failed_and_the_others_are_queued(
    make_notify: MakeNotify, address: str
) -> None:
    notify = make_notify(sender := FakeMailSender())
    lost = make_ticket(id=new_id(), requester=Requester(name="Nessuno", email=address))

    await notify.hear(created(lost), created())
    await notify.hear(created(lost))
    await notify.send_all_due()

    assert await notify.states() == ["failed", "sent"]
    failed = (await notify.said())[0]
    assert isinstance(failed, DeliveryFailed)
    assert failed.ticket_id == lost.id
    assert failed.reason is not None
    assert failed.reason.startswith("not an address: ")
    assert len(sender.tried) == 1


@pytest.mark.usefixtures("with_desk")
async def test_what_no_database_can_hold_does_not_stop_a_mail(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    ticket = make_ticket(
        subject="a\x00b", requester=Requester(identity="a", name="x\x00y", email="a@example.edu")
    )

    await notify.hear(created(ticket))

    (row,) = await notify.ledger()
    assert row.recipient_name == "xy"
    assert "\x00" not in row.subject + row.body


@pytest.mark.usefixtures("with_desk")
async def test_each_kind_of_mail_is_a_row_with_its_article(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    question, answer = make_article("question", "Quale anno?"), make_article("answer", "Fatto.")
    opened = {"queue": "studenti", "state": "open"}

    await notify.hear(
        created(),
        TicketTaken(ticket=make_ticket(version=3, **opened), first_time=True),
        TicketQuestionAsked(
            ticket=make_ticket(version=4, queue="studenti", state="waiting_requester"),
            articles=(question,),
        ),
        TicketClosed(
            ticket=make_ticket(version=6, queue="studenti", state="closed_successful"),
            articles=(answer,),
        ),
    )

    rows = await notify.ledger()
    assert [(row.kind, row.sequence) for row in rows] == [
        ("receipt", 1),
        ("taking_charge", 3),
        ("question", 4),
        ("final_answer", 6),
    ]
    assert [row.article_id for row in rows[2:]] == [question.id, answer.id]
    assert [row.sender_name for row in rows] == [
        "Università di Esempio",
        *["Segreterie studenti"] * 3,
    ]


@pytest.mark.usefixtures("with_desk")
async def test_a_question_that_nobody_answers_is_repeated_once_and_then_given_up(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(FakeMailSender())
    waiting = make_ticket(version=5, queue="studenti", state="waiting_requester")
    expired = make_ticket(version=7, queue="studenti", state="closed_unsuccessful")

    await notify.hear(
        TicketReminded(ticket=waiting),
        TicketExpired(ticket=expired),
        TicketReminded(ticket=waiting),
    )
    await notify.send_all_due()

    mails = [row for row in await notify.ledger() if row.kind != "notice"]
    assert [(row.kind, row.sequence, row.state, row.recipient) for row in mails] == [
        ("reminder", 5, "sent", "giulia.neri@studenti.example.edu"),
        ("expired", 7, "sent", "giulia.neri@studenti.example.edu"),
    ]
    assert [(told.kind, told.article_id) for told in await notify.said()] == [
        (
            kind,
            derived_id(
                "notice",
                derived_id(
                    "delivery", waiting.id, version, kind, "giulia.neri@studenti.example.edu"
                ),
            ),
        )
        for kind, version in (("reminder", 5), ("expired", 7))
    ]


@pytest.mark.usefixtures("with_desk")
async def test_a_forward_goes_outside_and_is_the_article(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender())
    article = make_article("forward", "Potete controllare?")
    ticket = make_ticket(version=5, queue="studenti", state="open", parent_id=new_id())

    await notify.hear(TicketForwarded(ticket=ticket, to="banca@example.org", articles=(article,)))
    await notify.send_all_due()

    (row,) = await notify.ledger()
    assert (row.kind, row.recipient, row.recipient_name, row.article_id) == (
        "forward",
        "banca@example.org",
        "",
        article.id,
    )
    (mail,) = sender.accepted
    assert "\r\nTo: banca@example.org\r\n" in mail.content.decode()
    assert "\r\nAuto-Submitted: no\r\n" in mail.content.decode()
    assert [(told.kind, told.article_id, told.state) for told in await notify.said()] == [
        ("forward", article.id, "sent")
    ]


@pytest.mark.usefixtures("with_desk")
async def test_a_desk_with_broken_texts_sends_the_shipped_ones(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender())
    broken = {"it": "{{ nessuno }}", "en": "{{ nobody }}"}
    desk = make_desk(
        mail_texts={"receipt.body": broken, "signature": {"it": "{% for %}", "en": ""}}
    )
    await notify.apply_desk(desk, version=2)

    await notify.hear(created())
    await notify.send_all_due()

    (mail,) = sender.accepted
    assert b"Gentile Giulia Neri," in mail.content
    assert mail.sender == MAIL_FROM
