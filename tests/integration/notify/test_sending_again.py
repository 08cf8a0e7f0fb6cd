"""A mail that failed, and that an operator sends again."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.outcomes import Accepted, Outcome, Refused
from services.notify.ports import OutgoingMail
from shared.contracts.events.mails import TicketMailResent, TicketUndelivered
from shared.contracts.events.notify import DeliveryDelayed, DeliveryFailed, DeliverySent
from shared.contracts.guest_links import guest_token, link_to
from shared.contracts.people import SYSTEM, Requester
from tests.factories.mails import StandingClock, created, make_ticket
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import PAGES, MakeNotify

pytestmark = pytest.mark.usefixtures("with_desk")

GIULIA = "giulia.neri@studenti.example.edu"
CORRECTED = "giulia@example.org"
CONFIRMING = "Aprendo la pagina confermi"


def refusing_giulia(mail: OutgoingMail) -> Outcome:
    return Refused("550 no such mailbox") if mail.recipient == GIULIA else Accepted()


def again(row: Any, *, to: str = CORRECTED, version: int = 5) -> TicketMailResent:
    return TicketMailResent(
        ticket=make_ticket(version=version, state="open", queue="studenti"),
        delivery_id=row.id,
        to=to,
    )


async def test_a_failed_mail_goes_out_again_to_the_corrected_address_as_the_same_mail(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    notify = make_notify(sender := FakeMailSender(answer=refusing_giulia))
    await notify.hear(created())
    await notify.send_all_due()
    (before,) = await notify.ledger()
    # Long after it would have been given up.
    clock.move(timedelta(days=9))

    await notify.hear(again(before))
    await notify.send_all_due()

    (row,) = [each for each in await notify.ledger() if each.kind == "receipt"]
    assert (before.state, before.reason) == ("failed", "550 no such mailbox")
    assert (row.state, row.recipient, row.reason, row.message_id) == (
        "resent",
        CORRECTED,
        None,
        before.message_id,
    )
    assert [mail.recipient for mail in sender.accepted] == [CORRECTED]
    assert [(type(said), said.state, said.recipient) for said in await notify.said()] == [
        (DeliveryFailed, "failed", GIULIA),
        (DeliveryDelayed, "queued", CORRECTED),
        (DeliverySent, "resent", CORRECTED),
    ]
    versions = [said.version for said in await notify.said()]
    assert versions == sorted(set(versions))


async def test_a_wish_counts_once_however_often_it_is_heard(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender(answer=lambda _: Refused("550 no such mailbox")))
    await notify.hear(created())
    await notify.send_all_due()
    (row,) = await notify.ledger()

    await notify.hear(again(row), again(row))
    await notify.send_all_due()
    await notify.hear(again(row))
    await notify.send_all_due()

    assert [mail.recipient for mail in sender.tried] == [GIULIA, CORRECTED]

    await notify.hear(again(row, to=GIULIA, version=8))
    await notify.send_all_due()

    assert [mail.recipient for mail in sender.tried] == [GIULIA, CORRECTED, GIULIA]


async def test_a_mail_that_arrived_is_not_sent_again(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender())
    await notify.hear(created())
    await notify.send_all_due()
    (row,) = await notify.ledger()

    await notify.hear(again(row))
    await notify.send_all_due()

    assert [mail.recipient for mail in sender.accepted] == [GIULIA]
    assert [said.state for said in await notify.said()] == ["sent"]


async def test_nobody_is_told_the_link_that_is_in_a_mail_to_a_requester_without_an_account(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(sender := FakeMailSender())
    ticket = make_ticket(requester=Requester(name="Ospite", email="ospite@example.org"))
    token = guest_token(PAGES.secret, link_to(PAGES.secret, ticket.id, ticket.requester.email))
    await notify.hear(created(ticket))

    await notify.send_all_due()

    (mail,), (said,) = sender.accepted, await notify.said()
    assert f"/requests/{token}" in mail.content.decode().replace("=\r\n", "")
    assert token not in said.model_dump_json()
    assert "\n[…]\n" in said.body


async def test_a_mail_to_a_corrected_address_has_the_link_of_that_address(
    make_notify: MakeNotify,
) -> None:
    ospite = "ospite@example.org"
    notify = make_notify(
        sender := FakeMailSender(
            answer=lambda mail: Refused("550") if mail.recipient == ospite else Accepted()
        )
    )
    ticket = make_ticket(requester=Requester(name="Ospite", email=ospite))
    await notify.hear(created(ticket))
    await notify.send_all_due()
    (row,) = await notify.ledger()
    own, other = (
        guest_token(PAGES.secret, link_to(PAGES.secret, ticket.id, to))
        for to in (ospite, CORRECTED)
    )

    await notify.hear(again(row))
    await notify.send_all_due()

    first, second = (mail.content.decode().replace("=\r\n", "") for mail in sender.tried)
    assert (own in first, other in first) == (True, False)
    assert (own in second, other in second) == (False, True)
    assert (CONFIRMING in first, CONFIRMING in second) == (True, False)
    (said,) = [said for said in await notify.said() if said.state == "resent"]
    assert other not in said.model_dump_json()


async def test_a_replay_sends_nothing_again(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender(answer=refusing_giulia))
    await notify.hear(created())
    await notify.send_all_due()
    (row,) = await notify.ledger()

    await notify.hear(again(row), is_replay=True)
    await notify.send_all_due()

    assert sender.accepted == []


async def test_an_address_that_is_none_has_failed_again_at_once(make_notify: MakeNotify) -> None:
    notify = make_notify(sender := FakeMailSender(answer=refusing_giulia))
    await notify.hear(created())
    await notify.send_all_due()
    (row,) = await notify.ledger()

    await notify.hear(again(row, to="not an address"))
    await notify.send_all_due()

    assert sender.accepted == []
    assert [said.state for said in await notify.said()] == ["failed", "queued", "failed"]


async def test_the_owner_is_mailed_of_a_failed_mail_and_the_failure_of_that_mail_is_told_to_nobody(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(sender := FakeMailSender(answer=lambda _: Refused("550 no such mailbox")))
    await notify.hear(created())
    await notify.send_all_due()
    (row,) = await notify.ledger()
    ticket = make_ticket(
        version=4, state="open", queue="studenti", owner="anna.ferri", responsible="anna.ferri"
    )
    failed = TicketUndelivered(
        ticket=ticket,
        actor=SYSTEM,
        reason="550 no such mailbox",
        delivery_id=row.id,
        article_id=row.article_id,
        kind="receipt",
        to=GIULIA,
    )

    await notify.hear(failed, failed)
    await notify.send_all_due()

    told = await notify.told()
    assert [(each.operator, each.kind, each.state) for each in told] == [
        ("anna.ferri", "undelivered", "queued"),
        ("anna.ferri", "undelivered", "failed"),
    ]
    assert [said.kind for said in await notify.said()] == ["receipt"], (
        "nothing more about deliveries, so no ticket hears of it"
    )
    text = sender.tried[-1].content.decode()
    assert "An email of this ticket was not delivered" in text
    assert "550 no such mailbox" in text
